"""A PostgreSQL of our own for tests: in a new folder, on a socket in it, under another account when we are root."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from rtc_server.adapters.parent import end_with_parent

ACCOUNT = "nobody"  # PostgreSQL refuses to run as root
TOOLS = ("initdb", "postgres", "pg_isready", "createdb", "psql")
START_S = 30.0


def programs() -> Path | None:
    """The folder of `postgres` and its tools, which Debian keeps out of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    in_path = [Path(folder) for folder in os.get_exec_path()]
    return next((folder for folder in (*debian, *in_path) if all((folder / tool).exists() for tool in TOOLS)), None)


class Server:
    """Up from `start` on; `name` is that of a database in it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="qc-postgres-"))
        self._user = ACCOUNT if os.getuid() == 0 else None
        self._running: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "--pgdata", str(self.folder / "data"), "--username", "qc", "--auth", "trust", "--no-sync")

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://qc@/{name}?host={self.folder}"

    def start(self) -> None:
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self._running = subprocess.Popen(
                [*command, "-c", "listen_addresses=", "-c", "fsync=off"],
                user=self._user,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(),
            )
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            assert self._running.poll() is None and time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """No goodbye to anybody who is connected: an immediate shutdown, as after a power cut."""
        assert self._running is not None
        self._running.send_signal(signal.SIGQUIT)
        self._running.wait(START_S)

    def create(self, name: str) -> None:
        self._run("createdb", "--host", str(self.folder), "--username", "qc", name)

    def rows(self, name: str, query: str) -> list[list[str]]:
        printed = self._run(
            "psql", "-h", str(self.folder), "-U", "qc", "-d", name, "-AtF", "\t", "-c", query
        ).splitlines()
        return [line.split("\t") for line in printed]

    def close(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder.parent / f"{self.folder.name}.log").unlink(missing_ok=True)

    def _is_ready(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr[-2_000:]}"
        return done.stdout
