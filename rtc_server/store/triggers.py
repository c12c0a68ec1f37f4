"""What the database itself enforces: the triggers, and the partial indexes that decide races.

Owns their text. The rule that is easy to break: Alembic's batch mode on SQLite copies a table and silently drops its
triggers, so `restore` runs after every migration and `doctor` asks `missing`. A change of a trigger's text needs no
revision: `restore` compares the text that stands in the database with the one here.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Index, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from rtc_server.store.schema import metadata

APPEND_ONLY = ("transfer", "event", "audit", "offering", "acceptance", "agreement", "standing")

MOVE_BALANCES = """\
CREATE TRIGGER transfer_moves_balances AFTER INSERT ON transfer BEGIN
    UPDATE account SET balance_pence = balance_pence - NEW.amount_pence WHERE id = NEW.from_account;
    UPDATE account SET balance_pence = balance_pence + NEW.amount_pence WHERE id = NEW.to_account;
END"""

FORBID = """\
CREATE TRIGGER {table}_forbids_{verb} BEFORE {verb} ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} rows are only ever added');
END"""


# Table and text: an account opens empty, stays, and moves by as much as the newest transfer says and no other way; a
# hold stays, keeps its terms and is resolved once.
GUARDS = {
    "account_opens_empty": (
        "account",
        """BEFORE INSERT ON account WHEN NEW.balance_pence <> 0 BEGIN
    SELECT RAISE(ABORT, 'an account opens empty');
END""",
    ),
    "account_stays": (
        "account",
        "BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'accounts are never deleted'); END",
    ),
    "account_is_fixed": (
        "account",
        "BEFORE UPDATE OF id, is_floored ON account BEGIN SELECT RAISE(ABORT, 'accounts never change'); END",
    ),
    "account_moves_by_transfer": (
        "account",
        """AFTER UPDATE OF balance_pence ON account WHEN NOT EXISTS (
    SELECT 1 FROM transfer WHERE seq = (SELECT max(seq) FROM transfer) AND (
        from_account = NEW.id AND amount_pence = OLD.balance_pence - NEW.balance_pence
        OR to_account = NEW.id AND amount_pence = NEW.balance_pence - OLD.balance_pence)
) BEGIN SELECT RAISE(ABORT, 'a balance moves by a transfer alone'); END""",
    ),
    "hold_stays": ("hold", "BEFORE DELETE ON hold BEGIN SELECT RAISE(ABORT, 'holds are never deleted'); END"),
    "hold_resolves_once": (
        "hold",
        """BEFORE UPDATE ON hold WHEN OLD.state <> 'held' OR NEW.state = 'held'
    OR NEW.session_id <> OLD.session_id OR NEW.client_id <> OLD.client_id
    OR NEW.therapist_id <> OLD.therapist_id OR NEW.amount_pence <> OLD.amount_pence BEGIN
    SELECT RAISE(ABORT, 'a hold is resolved once');
END""",
    ),
}


def _triggers() -> Iterator[tuple[str, str, str]]:
    """Table, name, text."""
    yield "transfer", "transfer_moves_balances", MOVE_BALANCES
    for name, (table, sql) in GUARDS.items():
        yield table, name, f"CREATE TRIGGER {name} {sql}"
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            yield table, f"{table}_forbids_{verb}", FORBID.format(table=table, verb=verb)


def _partial_indexes() -> Iterator[tuple[str, str, str]]:
    """Table, name, text."""
    for table in metadata.sorted_tables:
        for index in sorted(table.indexes, key=_name):
            if index.dialect_options["sqlite"]["where"] is not None:
                yield table.name, _name(index), str(CreateIndex(index).compile(dialect=sqlite.dialect()))


def _name(index: Index) -> str:
    return str(index.name)


def missing(connection: Connection) -> list[str]:
    """What is not there or reads differently, as `trigger NAME` or `index NAME`."""
    rows = connection.execute(text("SELECT type || ' ' || name AS name, sql FROM sqlite_master"))
    standing: dict[str, str | None] = {row.name: row.sql for row in rows}
    expected = [(f"trigger {name}", sql) for _, name, sql in _triggers()]
    expected += [(f"index {name}", sql) for _, name, sql in _partial_indexes()]
    return [name for name, sql in expected if _squeezed(standing.get(name)) != _squeezed(sql)]


def _squeezed(sql: str | None) -> str:
    return " ".join((sql or "").split())


def restore(connection: Connection) -> None:
    """Make everything that `missing` names, on the tables that stand at this revision. May be repeated."""
    lacking = set(missing(connection))
    tables = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    for kind, definitions in (("trigger", _triggers()), ("index", _partial_indexes())):
        for table, name, sql in definitions:
            if table in tables and f"{kind} {name}" in lacking:
                connection.exec_driver_sql(f"DROP {kind} IF EXISTS {name}")
                connection.exec_driver_sql(sql)
