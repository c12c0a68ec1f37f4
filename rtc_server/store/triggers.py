"""What the database itself enforces: the triggers, and the partial indexes that decide races.

Owns their text, for SQLite and for PostgreSQL. The rule that is easy to break: Alembic's batch mode on SQLite copies a
table and silently drops its triggers, so `restore` runs after every migration and `doctor` asks `missing`. A change of
a trigger's text needs no revision: `restore` compares the text that stands in the database with the one here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, inspect, text
from sqlalchemy.schema import CreateIndex

from rtc_server.store.schema import metadata

APPEND_ONLY = (
    "transfer",
    "event",
    "audit",
    "offering",
    "acceptance",
    "agreement",
    "standing",
    "concern_step",
    "matter_line",
)


class Trigger(NamedTuple):
    name: str
    table: str
    when: str  # "AFTER INSERT"
    body: str  # what both databases read alike
    only_if: str = ""


class Guard(NamedTuple):
    """Refuses what would be done, with IntegrityError."""

    name: str
    table: str
    when: str
    message: str
    only_if: str = ""

    def trigger(self, dialect: str) -> Trigger:
        refuse = {
            "sqlite": f"SELECT RAISE(ABORT, '{self.message}');",
            "postgresql": f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';",
        }
        return Trigger(self.name, self.table, self.when, refuse[dialect], self.only_if)


MOVE_BALANCES = Trigger(
    "transfer_moves_balances",
    "transfer",
    "AFTER INSERT",
    "UPDATE account SET balance_pence = balance_pence - NEW.amount_pence WHERE id = NEW.from_account; "
    "UPDATE account SET balance_pence = balance_pence + NEW.amount_pence WHERE id = NEW.to_account;",
)
# An account opens empty, stays, and moves by as much as the newest transfer says and no other way; a hold stays, keeps
# its terms and is resolved once.
GUARDS = (
    Guard(
        "account_opens_empty", "account", "BEFORE INSERT", "an account opens empty", only_if="NEW.balance_pence <> 0"
    ),
    Guard("account_stays", "account", "BEFORE DELETE", "accounts are never deleted"),
    Guard("account_is_fixed", "account", "BEFORE UPDATE OF id, is_floored", "accounts never change"),
    Guard(
        "account_moves_by_transfer",
        "account",
        "AFTER UPDATE OF balance_pence",
        "a balance moves by a transfer alone",
        only_if="""NOT EXISTS (SELECT 1 FROM transfer WHERE seq = (SELECT max(seq) FROM transfer) AND (
            from_account = NEW.id AND amount_pence = OLD.balance_pence - NEW.balance_pence
            OR to_account = NEW.id AND amount_pence = NEW.balance_pence - OLD.balance_pence))""",
    ),
    Guard("hold_stays", "hold", "BEFORE DELETE", "holds are never deleted"),
    Guard(
        "hold_resolves_once",
        "hold",
        "BEFORE UPDATE",
        "a hold is resolved once",
        only_if="""OLD.state <> 'held' OR NEW.state = 'held'
            OR NEW.session_id <> OLD.session_id OR NEW.client_id <> OLD.client_id
            OR NEW.therapist_id <> OLD.therapist_id OR NEW.amount_pence <> OLD.amount_pence""",
    ),
    *(
        Guard(f"{table}_forbids_{verb}", table, f"BEFORE {verb.upper()}", f"{table} rows are only ever added")
        for table in APPEND_ONLY
        for verb in ("update", "delete")
    ),
)


def _made(trigger: Trigger, dialect: str) -> tuple[str, list[str]]:
    """The text that stands in the database afterwards, and the statements that bring it there."""
    head = f"CREATE TRIGGER {trigger.name} {trigger.when} ON {trigger.table}"
    if dialect == "sqlite":
        only_if = f" WHEN {trigger.only_if}" if trigger.only_if else ""
        sql = f"{head}{only_if} BEGIN {trigger.body} END"
        return sql, [sql]
    body = f"IF {trigger.only_if} THEN {trigger.body} END IF;" if trigger.only_if else trigger.body
    source = f"BEGIN {body} RETURN NEW; END"
    function = f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$"
    return source, [function, f"{head} FOR EACH ROW EXECUTE FUNCTION {trigger.name}()"]


def _partial_indexes() -> Iterator[Index]:
    for table in metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.dialect_options["sqlite"]["where"] is not None:
                yield index


def _standing(connection: Connection) -> dict[str, str]:
    """The text of each trigger and index that is there; of PostgreSQL's indexes, which no migration drops unseen, the
    name alone."""
    if connection.dialect.name == "sqlite":
        found = "SELECT type || ' ' || name AS name, coalesce(sql, '') AS sql FROM sqlite_master"
    else:
        found = """SELECT 'trigger ' || tgname AS name, prosrc AS sql
            FROM pg_trigger JOIN pg_proc ON tgfoid = pg_proc.oid
            UNION ALL SELECT 'index ' || indexname, '' FROM pg_indexes WHERE schemaname = current_schema()"""
    return {row.name: _squeezed(row.sql) for row in connection.execute(text(found))}


def _expected(connection: Connection) -> Iterator[tuple[str, str, str, list[str]]]:
    """Kind and name, its table, the text it stands there with, and what makes it."""
    dialect = connection.dialect.name
    for trigger in (MOVE_BALANCES, *(guard.trigger(dialect) for guard in GUARDS)):
        yield f"trigger {trigger.name}", trigger.table, *_made(trigger, dialect)
    for index in _partial_indexes():
        assert index.table is not None
        sql = str(CreateIndex(index).compile(dialect=connection.dialect))
        yield f"index {index.name}", index.table.name, sql if dialect == "sqlite" else "", [sql]


def missing(connection: Connection) -> list[str]:
    """What is not there or reads differently, as `trigger NAME` or `index NAME`."""
    standing = _standing(connection)
    return [name for name, _, stands, _ in _expected(connection) if standing.get(name) != _squeezed(stands)]


def _squeezed(sql: str) -> str:
    return " ".join(sql.split())


def restore(connection: Connection) -> None:
    """Make everything that `missing` names, on the tables that stand at this revision. May be repeated."""
    lacking = set(missing(connection))
    tables = set(inspect(connection).get_table_names())
    for name, table, _, made in _expected(connection):
        if table in tables and name in lacking:
            on = f" ON {table}" if name.startswith("trigger") and connection.dialect.name != "sqlite" else ""
            connection.exec_driver_sql(f"DROP {name.upper().split()[0]} IF EXISTS {name.split()[1]}{on}")
            for sql in made:
                connection.exec_driver_sql(sql)
