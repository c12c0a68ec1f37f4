"""The peer that fan-out is measured against: a plain socket.io server on Node, installed from `peer/` when wanted."""

import contextlib
import hashlib
import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.cluster import ROOT

PEER = Path(__file__).with_name("peer")


def _build() -> ModuleType:
    """The web client's build knows where a Node is."""
    found = importlib.util.spec_from_file_location("web_client_build", ROOT / "web_client" / "build.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _node() -> tuple[str, list[str]]:
    """Node, and the words that call npm."""
    build = _build()
    npm = build.packaged_npm() or build.system_npm()
    assert npm is not None, "Node is needed for the peer: make web installs it"
    return (npm[0] if len(npm) > 1 else str(shutil.which("node"))), npm


def install() -> str:
    """The packages of the peer's lock, exactly. Returns the path of Node."""
    node, npm = _node()
    wanted = hashlib.sha256((PEER / "package-lock.json").read_bytes()).hexdigest()
    stamp = PEER / "node_modules" / ".installed"
    if not stamp.is_file() or stamp.read_text() != wanted:
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=PEER, check=True)
        stamp.write_text(wanted)
    return node


@contextlib.contextmanager
def running() -> Iterator[tuple[int, int]]:
    """The peer's port and process id."""
    command = [install(), "server.mjs"]
    with subprocess.Popen(command, cwd=PEER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        try:
            yield int(process.stdout.readline()), process.pid
        finally:
            process.stdin.close()
            process.wait(10)
