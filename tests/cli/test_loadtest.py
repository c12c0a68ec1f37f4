"""`loadtest` against a real cluster, and what its report calls lost and double."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtc_server.cli.load_report import Tally, percentile
from tests.cluster import ROOT, Cluster
from tests.eventually import eventually

LONG_S = 120.0


@pytest.fixture(scope="module")
def loaded(cluster_folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(cluster_folder / "loaded", webs=2)
    try:
        cluster.up()
        yield cluster
        cluster.look_over()
    finally:
        cluster.down()


async def loadtest(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "rtc_server", "loadtest", *arguments]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(LONG_S):
        out, trouble = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), trouble.decode()


async def test_everybody_is_served_once_and_those_who_lose_are_told(loaded: Cluster) -> None:
    code, out, trouble = await loadtest(
        loaded.environment(), *("--therapists", "3", "--clients", "4", "--rate", "4", "--stay", "0.5", "--json")
    )
    assert code == 0, trouble
    report = json.loads(out)
    assert (report["placed"], report["served"], report["winners"]) == (4, 4, 4)
    assert report["lost"] == {} and report["duplicates"] == 0
    assert set(report["losers"]) <= {"taken", "in_session"}
    assert report["latencies"]["live"]["n"] == 4
    assert trouble == ""


async def test_with_media_both_hear_each_other(loaded: Cluster, tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_text(loaded.command("seed", "--therapists", "1", "--clients", "1", "--json"))
    code, out, trouble = await loadtest(
        loaded.environment(),
        *("--url", loaded.url(1), "--people", str(people)),
        *("--therapists", "1", "--clients", "1", "--stay", "0.5", "--media"),
    )
    assert code == 0, trouble
    assert "served      1\n" in out
    assert "the first sound arrives" in out


async def test_a_client_nobody_takes_is_lost_and_the_exit_code_says_so(loaded: Cluster) -> None:
    # One therapist, in a session for longer than the second client has patience.
    code, out, _ = await loadtest(
        loaded.environment(), *("--therapists", "1", "--clients", "2", "--rate", "50", "--stay", "6", "--patience", "4")
    )
    assert code == 1
    assert "(TimeoutError)" in out and "lost        none" not in out


async def test_people_or_an_address_that_cannot_be_used_are_one_line(loaded: Cluster, tmp_path: Path) -> None:
    code, out, trouble = await loadtest(loaded.environment(), "--url", loaded.url())
    assert (code, out) == (1, "") and "--people" in trouble and len(trouble.splitlines()) == 1
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}")
    code, _, trouble = await loadtest(loaded.environment(), "--people", str(nothing))
    assert code == 1 and len(trouble.splitlines()) == 1


async def test_ctrl_c_prints_the_report_so_far(loaded: Cluster) -> None:
    command = [sys.executable, "-m", "rtc_server", "loadtest", "--therapists", "1", "--clients", "60", "--rate", "1"]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**loaded.environment(), "PYTHONFAULTHANDLER": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A run that was started in the background hands down that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )

    async def is_one_in_a_call() -> bool:
        return bool(loaded.rows("SELECT id FROM request WHERE state = 'in_call'"))

    await eventually(is_one_in_a_call, LONG_S, "a session")
    process.send_signal(signal.SIGINT)
    reading = asyncio.create_task(process.communicate())
    done, _ = await asyncio.wait([reading], timeout=LONG_S)
    if not done:
        process.send_signal(signal.SIGABRT)  # it says on stderr where it hangs
    out, trouble = await reading
    assert process.returncode == 130, trouble.decode()
    assert "broken off" in out.decode()
    assert "Traceback" not in trouble.decode()


def test_two_winners_at_one_version_are_a_duplicate_and_after_a_withdrawal_they_are_not() -> None:
    tally = Tally(clients=1, therapists=2, has_media=False)
    tally.wins[("request", 2)] += 1
    tally.wins[("request", 4)] += 1
    assert tally.is_good
    tally.wins[("request", 4)] += 1
    assert tally.duplicates == 1 and not tally.is_good


def test_one_session_given_to_two_clients_is_a_duplicate() -> None:
    tally = Tally(clients=2, therapists=1, has_media=False)
    tally.sessions["session"] += 2
    assert tally.duplicates == 1


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 0.99) == 7.0
