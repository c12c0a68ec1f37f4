"""Building the web client on a machine without Node, with an old one, and with neither Node nor pip."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import ROOT

BUILD = ROOT / "web_client" / "build.py"


def run(build: Path, *arguments: str, programs: Path, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a build.py where `programs` is the only folder with programs."""
    command = [sys.executable, *flags, str(build), *arguments]
    environment = {"PATH": str(programs), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def shim(folder: Path, name: str, prints: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {prints}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("has_old_node", [False, True], ids=["without Node", "with a Node that is too old"])
def test_without_a_usable_node_the_packaged_one_runs_npm(tmp_path: Path, has_old_node: bool) -> None:
    if has_old_node:
        shim(tmp_path, "node", "v18.19.0")
        shim(tmp_path, "npm", "OLD")
    # npm says itself which Node it runs on.
    done = run(BUILD, "npm", "version", "--json", programs=tmp_path)
    assert done.returncode == 0, done.stderr
    major, minor, _ = json.loads(done.stdout)["node"].split(".")
    assert (int(major), int(minor)) >= (20, 19)


def test_with_neither_node_nor_a_way_to_install_it_one_line_says_what_is_needed(tmp_path: Path) -> None:
    copy = tmp_path / "web_client"
    copy.mkdir()
    (copy / "build.py").write_bytes(BUILD.read_bytes())
    for name in ("package.json", "package-lock.json"):
        (copy / name).write_bytes((ROOT / "web_client" / name).read_bytes())
    # Without installed packages there is no pip either.
    done = run(copy / "build.py", programs=tmp_path, flags=("-I", "-S"))
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert "Node 20.19 or newer" in line and "install" in line.lower()
