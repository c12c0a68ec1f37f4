"""Whether the books balance: what the accounts hold together, and the questions whose answers would say otherwise.

Reads only. Easy to break: a question's answers are ids and never names, because they are printed and shown.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema

EXAMPLES_MAX = 5


class Question(NamedTuple):
    name: str
    sql: str  # rows of one column: the ids for which it does not hold


QUESTIONS = (
    Question(
        "the ledger sums to zero",
        "SELECT 'ledger' WHERE (SELECT coalesce(sum(balance_pence), 0) FROM account) <> 0",
    ),
    Question(
        "an account holds what its transfers say",
        """SELECT id FROM account WHERE balance_pence <>
            (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE to_account = account.id)
            - (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE from_account = account.id)""",
    ),
    Question("no floored account is below zero", "SELECT id FROM account WHERE is_floored AND balance_pence < 0"),
    Question(
        "a hold moved its amount once, and was resolved once by as much",
        """SELECT session_id FROM hold WHERE amount_pence > 0 AND (
            (SELECT coalesce(sum(amount_pence), 0) FROM transfer
                WHERE transfer.session_id = hold.session_id AND kind = 'hold') <> amount_pence
            OR (SELECT coalesce(sum(amount_pence), 0) FROM transfer
                WHERE transfer.session_id = hold.session_id AND kind IN ('share', 'fee'))
                <> CASE state WHEN 'posted' THEN amount_pence ELSE 0 END
            OR (SELECT coalesce(sum(amount_pence), 0) FROM transfer
                WHERE transfer.session_id = hold.session_id AND kind = 'void')
                <> CASE state WHEN 'voided' THEN amount_pence ELSE 0 END)""",
    ),
    Question(
        "what clients have held is the sum of the open holds",
        """SELECT id FROM account WHERE id LIKE 'client:%:held' AND balance_pence <>
            (SELECT coalesce(sum(amount_pence), 0) FROM hold
                WHERE state = 'held' AND 'client:' || client_id || ':held' = account.id)""",
    ),
    Question(
        "a share became available at most once, and whole",
        """SELECT later.key FROM transfer AS later WHERE later.kind = 'release' AND later.amount_pence <>
            (SELECT coalesce(sum(share.amount_pence), 0) FROM transfer AS share
                WHERE share.kind = 'share' AND share.session_id = later.session_id)""",
    ),
    Question(
        "what therapists are being paid is the sum of their open withdrawals",
        """SELECT id FROM account WHERE id LIKE 'therapist:%:withdrawing' AND balance_pence <>
            (SELECT coalesce(sum(amount_pence), 0) FROM withdrawal
                WHERE state IN ('requested', 'invoiced', 'scheduled')
                AND 'therapist:' || therapist_id || ':withdrawing' = account.id)""",
    ),
    Question(
        "a withdrawal was set aside once, and was paid for good or given back once by as much",
        """SELECT id FROM withdrawal WHERE
            (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE key = 'withdraw:' || withdrawal.id)
                <> amount_pence
            OR (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE key = 'payout:' || withdrawal.id)
                - (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE key = 'bounce:' || withdrawal.id)
                <> CASE state WHEN 'paid' THEN amount_pence ELSE 0 END
            OR (SELECT coalesce(sum(amount_pence), 0) FROM transfer
                WHERE key IN ('return:' || withdrawal.id, 'bounce:' || withdrawal.id))
                <> CASE state WHEN 'failed' THEN amount_pence ELSE 0 END""",
    ),
    Question(
        "a top-up is in the wallet once, and only when it was paid",
        """SELECT id FROM top_up WHERE
            (SELECT coalesce(sum(amount_pence), 0) FROM transfer WHERE key = 'top_up:' || top_up.id)
                <> CASE state WHEN 'paid' THEN amount_pence ELSE 0 END""",
    ),
    Question(
        "a batch paid out is the sum of its withdrawals",
        """SELECT id FROM payout_batch WHERE total_pence <>
            (SELECT coalesce(sum(amount_pence), 0) FROM withdrawal WHERE batch_id = payout_batch.id)""",
    ),
)

# The kinds of account, as the patterns of their ids.
KINDS = (
    "client:%:available",
    "client:%:held",
    "therapist:%:pending",
    "therapist:%:available",
    "therapist:%:withdrawing",
    "payout:%",
    "platform:fees",
    "world",
)


@dataclass(frozen=True)
class Group:
    """All accounts of a kind."""

    kind: str
    accounts: int
    pence: int


@dataclass(frozen=True)
class Answer:
    """`broken`: the first ids for which it does not hold; empty when it holds."""

    name: str
    broken: tuple[str, ...]


async def groups(connection: AsyncConnection) -> list[Group]:
    balance = schema.account.c.balance_pence
    found = []
    for kind in KINDS:
        query = select(func.count(), func.coalesce(func.sum(balance), 0)).where(schema.account.c.id.like(kind))
        accounts, pence = (await connection.execute(query)).one()
        found.append(Group(kind, int(accounts), int(pence)))
    return found


async def answers(connection: AsyncConnection) -> list[Answer]:
    """Ask every question; takes as long as reading the whole ledger."""
    found = []
    for question in QUESTIONS:
        rows = await connection.exec_driver_sql(f"{question.sql} LIMIT {EXAMPLES_MAX}")
        found.append(Answer(question.name, tuple(str(row[0]) for row in rows)))
    return found


async def movements(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(schema.transfer))).scalar_one())
