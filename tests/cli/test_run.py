"""`run` as an operator meets it: real processes on free ports, killed as machines kill them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import ROOT, free_port, is_answering

IS_LINUX = sys.platform.startswith("linux")


def wait_until(is_so: Callable[[], bool], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: not so within {within_s} s"
        time.sleep(0.05)


def kind_of(command_line: str) -> str | None:
    """Which of the children has this command line; None for one that is just beginning or already a zombie."""
    if "valkey-server" in command_line:
        return "valkey-server"
    return next((kind for kind in ("web", "recorder", "worker") if f"\0{kind}\0" in command_line), None)


class Running:
    """One `run`, and the ids of its children, found by asking the system whose parent it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.recorder_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")},
            "APP_ENV": "test",
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "RECORDER_PORT": str(self.recorder_port),
            "DRAIN_S": "5",
        }

    def start(self, *arguments: str) -> None:
        with (self.folder / "run.out").open("wb") as out, (self.folder / "run.err").open("wb") as err:
            command = [sys.executable, "-m", "rtc_server", "run", *arguments]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=out, stderr=err)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def printed(self) -> str:
        return (self.folder / "run.out").read_text()

    def has_greeted(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "run.err").read_text()[-2_000:]
        return "Ctrl-C" in self.printed()

    def children(self) -> dict[str, int]:
        assert self.process is not None
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_text()
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if parent == str(self.process.pid):
                    kind = kind_of(words)
                    if kind is not None:
                        found[kind] = int(folder.name)
        return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    yield one
    one.end()


@pytest.fixture
def started(running: Running) -> Running:
    running.start()
    wait_until(running.has_greeted, 60, "run has greeted")
    return running


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int], within_s: float) -> None:
    wait_until(lambda: not any(is_alive(pid) for pid in pids), within_s, "all children have gone")


pytestmark = pytest.mark.skipif(not IS_LINUX, reason="reads /proc")


def test_run_says_who_may_sign_in_and_starts_again_what_dies(started: Running) -> None:
    printed = started.printed()
    assert f"http://127.0.0.1:{started.port}" in printed
    for address in ("client@demo.example", "therapist@demo.example", "admin@demo.example"):
        assert address in printed
    assert (started.folder / "data" / "demo-password").read_text().strip() in printed

    before = started.children()
    os.kill(before["web"], signal.SIGKILL)
    os.kill(before["valkey-server"], signal.SIGKILL)

    def are_back() -> bool:
        now = started.children()
        renewed = all(name in now and now[name] != before[name] for name in ("web", "valkey-server"))
        return renewed and is_answering(f"http://127.0.0.1:{started.port}/readyz")

    wait_until(are_back, 30, "web and valkey are back")
    assert started.children()["worker"] == before["worker"]


def test_killing_run_ends_every_child_within_two_seconds(started: Running) -> None:
    children = started.children()
    assert set(children) == {"web", "recorder", "worker", "valkey-server"}
    assert started.process is not None
    started.process.kill()
    started.process.wait()
    wait_until_gone(list(children.values()), 2.0)


def test_run_ends_with_all_its_children_and_starts_again_with_the_same_people(started: Running) -> None:
    first, children = started.printed(), started.children()
    assert started.process is not None
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(15) == 0
    wait_until_gone(list(children.values()), 0.5)
    assert not (started.folder / "data" / "valkey.sock").exists()
    started.start()
    wait_until(started.has_greeted, 60, "run has greeted again")
    assert started.printed() == first
    started.process.send_signal(signal.SIGTERM)
    assert started.process.wait(15) == 0


def test_a_port_that_is_taken_is_one_clear_line(running: Running) -> None:
    with socket.create_server(("127.0.0.1", running.port)):
        running.start()
        assert running.process is not None
        assert running.process.wait(20) == 1
    said = (running.folder / "run.err").read_text()
    assert f"127.0.0.1:{running.port}" in said and "PORT" in said
    assert len(said.splitlines()) == 1
    assert not (running.folder / "data").exists()


def test_a_bad_setting_is_one_line_and_exit_code_two(running: Running) -> None:
    command = [sys.executable, "-m", "rtc_server", "run"]
    environment = {**running.environment(), "PORT": "eight"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert done.stderr == "run: PORT='eight' is not int\n"


def test_a_child_ends_when_the_pipe_of_its_parent_does(running: Running) -> None:
    environment = running.environment() | {"REDIS_URL": "unix:///nowhere"}
    subprocess.run([sys.executable, "-m", "rtc_server", "migrate"], cwd=ROOT, env=environment, check=True, timeout=30)
    command = [sys.executable, "-m", "rtc_server", "web", "--end-with-parent"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None

        wait_until(lambda: is_answering(f"http://127.0.0.1:{running.port}/healthz"), 30, "web answers")
        child.stdin.close()
        child.wait(3)
