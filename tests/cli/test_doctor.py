"""`doctor` and `seed`, as commands: what is whole is called whole, and each thing broken is named."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rtc_server.cli.doctor import examine
from rtc_server.cli.migrate import migrate
from rtc_server.config import Settings, load
from tests.cluster import ROOT


class Installation:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.environment = {**os.environ, "APP_ENV": "test", "DATA_DIR": str(self.data), "REDIS_URL": ""}

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rtc_server", *arguments],
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def break_by(self, *statements: str) -> None:
        with sqlite3.connect(self.data / "quick-connect.sqlite3") as connection:
            for statement in statements:
                connection.execute(statement)

    def settings(self) -> Settings:
        return load(self.environment)

    def migrate(self) -> None:
        asyncio.run(migrate(self.settings()))

    def found(self, capsys: pytest.CaptureFixture[str]) -> list[str]:
        """What doctor names. In this process: a command of its own takes a second to begin."""
        with pytest.raises(SystemExit) as ended:
            asyncio.run(examine(self.settings(), with_invariants=True))
        assert ended.value.code == 1
        return capsys.readouterr().out.splitlines()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Migrated, with one therapist and one client; tests break copies of it."""
    one = Installation(tmp_path_factory.mktemp("template"))
    for command in (["migrate"], ["seed", "--therapists", "1", "--clients", "1"]):
        done = one.command(*command)
        assert done.returncode == 0, done.stderr
    return one


@pytest.fixture
def installation(template: Installation, tmp_path: Path) -> Installation:
    shutil.copytree(template.data, tmp_path / "data")
    return Installation(tmp_path)


def test_a_fresh_installation_with_people_is_whole(installation: Installation) -> None:
    seeded = installation.command("seed", "--therapists", "3", "--clients", "2", "--json")
    people = json.loads(seeded.stdout)
    assert Counter(person["role"] for person in people) == {"therapist": 3, "client": 2}
    assert all(set(person) == {"role", "id", "first_name", "email", "password"} for person in people)
    done = installation.command("doctor", "--invariants")
    assert done.returncode == 0 and done.stdout.startswith("nothing is broken\n")


def test_seeded_people_can_do_the_main_job_at_once(installation: Installation) -> None:
    with sqlite3.connect(installation.data / "quick-connect.sqlite3") as connection:
        purse = connection.execute("SELECT balance_pence FROM account WHERE id LIKE 'client:%:available'").fetchall()
        card = connection.execute("SELECT is_approved, transcripts_on, languages, areas FROM therapist").fetchone()
    assert purse == [(20_000,)]
    assert card[:2] == (1, 1) and "en" in card[2].split() and len(card[3].split()) == 6


def test_nobody_is_seeded_in_production(installation: Installation) -> None:
    keys = (installation.data / "keys").read_text().strip()
    settings = {"APP_ENV": "production", "SECRET_KEYS": keys, "PUBLIC_URL": "https://talk.example"}
    done = installation.command("seed", "--clients", "1", **settings)
    assert done.returncode == 1 and "production" in done.stderr


def test_money_that_no_transfer_moved_is_found(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    installation.break_by("DROP TRIGGER account_moves_by_transfer")
    installation.break_by("UPDATE account SET balance_pence = balance_pence + 1 WHERE id = 'world'")
    installation.migrate()
    assert installation.found(capsys) == [
        "broken: I4 the ledger sums to zero: ledger",
        "broken: I4 an account holds what its transfers say: world",
    ]


def test_a_lost_trigger_and_a_lost_index_are_found(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.break_by("DROP TRIGGER transfer_moves_balances", "DROP INDEX request_one_open_per_client")
    assert installation.found(capsys) == [
        "broken: missing trigger transfer_moves_balances",
        "broken: missing index request_one_open_per_client",
    ]


@pytest.mark.parametrize("fault", ["UPDATE audit SET actor_id = 'nobody'", "DELETE FROM audit"])
def test_an_audit_row_that_was_changed_or_removed_is_found(
    installation: Installation, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.break_by("DROP TRIGGER audit_forbids_update", "DROP TRIGGER audit_forbids_delete")
    installation.break_by(f"{fault} WHERE seq = 1")
    installation.migrate()
    row = 1 if fault.startswith("UPDATE") else 2
    assert installation.found(capsys) == [f"broken: I8 the audit chain does not hold at row {row}"]


def test_audit_rows_cut_off_the_end_are_found_by_a_checkpoint_kept_elsewhere(installation: Installation) -> None:
    told = installation.command("doctor", "--invariants").stdout.split()[-1]
    installation.command("seed", "--clients", "1")
    with_checkpoint = ("doctor", "--invariants", "--audit-checkpoint", told)
    assert installation.command(*with_checkpoint).returncode == 0, "rows added since then are no fault"
    installation.break_by("DROP TRIGGER audit_forbids_delete", "DELETE FROM audit WHERE seq >= 2")
    installation.migrate()
    assert installation.command("doctor", "--invariants").returncode == 0, "the chain alone cannot know its end"
    done = installation.command(*with_checkpoint)
    assert done.returncode == 1
    assert "cut off or rewritten at or before row 2" in done.stdout


def test_a_key_file_that_others_may_read_is_found(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    (installation.data / "keys").chmod(0o644)
    assert installation.found(capsys) == ["broken: file mode: keys is open to others"]


def add_session(number: int, *, ended: bool, chat_seq: int = 0) -> str:
    columns = "id, kind, client_id, therapist_id, area, language, is_chat_only, price_pence, version, link"
    columns += ", client_present, therapist_present, client_muted, therapist_muted, client_camera, therapist_camera"
    columns += ", client_away, client_left, mute_asked_of, created_at_ms, agreed_at_ms, ended_at_ms, ended_reason"
    values = f"'s{number}', 'quick', c.id, t.id, 'mind', 'en', 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, '', 1, 1"
    values += f", {1 if ended else 'NULL'}, '', {chat_seq}"
    people = "(SELECT id FROM person WHERE role = 'client') AS c, (SELECT id FROM person WHERE role = 'therapist') AS t"
    return f"INSERT INTO session ({columns}, chat_seq) SELECT {values} FROM {people}"


def test_two_live_sessions_a_hole_in_the_chat_and_a_forgotten_transcript_are_found(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.break_by(
        "DROP INDEX session_one_live_per_client",
        "DROP INDEX session_one_live_per_therapist",
        add_session(1, ended=False),
        add_session(2, ended=False),
        add_session(3, ended=True, chat_seq=2),
        "INSERT INTO chat VALUES ('s3', 2, 'm2', 'client', x'00', 1)",
    )
    found = "\n".join(installation.found(capsys))
    assert "I3 nobody is in two live sessions" in found
    assert "I6 chat has no hole and reaches the number its session stands at: s3" in found
    assert "I7" in found and "s3" in found


def test_a_database_nobody_migrated_is_refused_with_what_to_run(tmp_path: Path) -> None:
    one = Installation(tmp_path)
    one.data.mkdir(mode=0o700)
    done = one.command("doctor", SECRET_KEYS="1:" + "A" * 43 + "=")
    assert done.returncode == 1
    assert "python -m rtc_server migrate" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_legal_hold_is_placed_and_lifted_by_address_and_stands_on_the_trail(installation: Installation) -> None:
    seeded = installation.command("seed", "--clients", "1", "--therapists", "1", "--json")
    people = {one["role"]: one["email"] for one in json.loads(seeded.stdout)}
    for what, said in (("place", "The hold stands"), ("place", "The hold stands"), ("lift", "There is no hold")):
        done = installation.command("legal-hold", what, people["client"])
        assert done.returncode == 0 and done.stdout.startswith(said), done.stderr
    for email in (people["therapist"], "nobody@people.example"):
        done = installation.command("legal-hold", "place", email)
        assert done.returncode == 1 and "no client with this address" in done.stderr
    with sqlite3.connect(installation.data / "quick-connect.sqlite3") as connection:
        holds = "SELECT actor_id, action FROM audit WHERE action LIKE 'hold:%' ORDER BY seq"
        assert connection.execute(holds).fetchall() == [("operator", "hold:place"), ("operator", "hold:lift")]
