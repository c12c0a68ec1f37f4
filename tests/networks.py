"""Networks of our own for two browsers and the servers between them: namespaces, joined by a router, with faults.

Everything is inside namespaces that are made here and taken away again, so nothing leaves this machine. The servers
run in the router; each browser meets them at its own loopback address, as everywhere else in the tests, and the other
browser through the router. Needs root, `ip` and `nft`. Easy to break: only the thread that enters the router's network
is in it, and whatever that thread starts.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
SERVERS = "10.77.0.1"  # stands on the router's loopback, so that it stays when somebody moves
NAMES = ("client", "therapist")


def why_not() -> str:
    """Empty when networks can be made here."""
    if os.geteuid() != 0:
        return "networks can only be made by root"
    missing = [program for program in ("ip", "nft", "sysctl") if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def _run(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


class Networks:
    """Two networks and a router. `port` is what the browsers reach of the servers, at their own loopback."""

    def __init__(self, tag: str, port: int) -> None:
        self.port = port
        self._router = f"qc-{tag}-router"
        self._of = {name: f"qc-{tag}-{name}" for name in NAMES}

    @contextmanager
    def up(self) -> Iterator["Networks"]:
        made = [self._router, *self._of.values()]
        try:
            for name in made:
                _run("ip", "netns", "add", name)
                self._in(name, "ip", "link", "set", "lo", "up")
            self._in(self._router, "ip", "address", "add", f"{SERVERS}/32", "dev", "lo")
            self._in(self._router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            for number, name in enumerate(NAMES, start=1):
                self._join(name, number)
            self.heal()
            yield self
        finally:
            for name in made:
                subprocess.run(["ip", "netns", "delete", name], capture_output=True, timeout=20)

    def _join(self, name: str, number: int) -> None:
        own = self._of[name]
        _run("ip", "link", "add", f"to-{name}", "netns", self._router, "type", "veth", "peer", "eth0", "netns", own)
        self._in(self._router, "ip", "address", "add", f"10.77.{number}.1/24", "dev", f"to-{name}")
        self._in(self._router, "ip", "link", "set", f"to-{name}", "up")
        self._in(own, "ip", "address", "add", f"10.77.{number}.2/24", "dev", "eth0")
        self._in(own, "ip", "link", "set", "eth0", "up")
        self._in(own, "ip", "route", "add", "default", "via", f"10.77.{number}.1")
        # A page may use a camera on loopback, so that is where it finds the servers.
        self._in(own, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
        to_servers = f"ip daddr 127.0.0.1 tcp dport {self.port} dnat to {SERVERS}"
        rules = f"""table ip servers {{
          chain out {{ type nat hook output priority -100; {to_servers}; }}
          chain leave {{ type nat hook postrouting priority 100; oifname "eth0" ip daddr {SERVERS} masquerade; }}
        }}"""
        self._in(own, "nft", "-f", "-", text=rules)

    def _in(self, name: str, *command: str, text: str | None = None) -> None:
        _run("ip", "netns", "exec", name, *command, text=text)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread, and what it starts from now on, is where the servers are."""
        with Path("/proc/self/ns/net").open() as before, Path(f"/run/netns/{self._router}").open() as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def program(self, name: str, program: str, folder: Path) -> str:
        """A program that runs `program` in somebody's network."""
        path = folder / f"in-{name}"
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self._of[name]} {program} "$@"\n')
        path.chmod(0o700)
        return str(path)

    # Faults

    def lose(self, percent: int) -> None:
        """So many of a hundred packets that carry the call, either way, by chance."""
        self._rules(forward=f"meta l4proto udp numgen random mod 100 < {percent} drop")

    def cut(self, name: str) -> None:
        """Nothing of anybody gets through to `name` or from there, the servers included."""
        coming, going = f'iifname "to-{name}" drop', f'oifname "to-{name}" drop'
        self._rules(forward=f"{coming}; {going}", input=coming, output=going)

    def heal(self) -> None:
        self._rules()

    def _rules(self, **by_hook: str) -> None:
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; {rule}; }}\n" for hook, rule in by_hook.items()
        )
        rules = f"table ip fault\ndelete table ip fault\ntable ip fault {{\n{chains}}}\n"
        self._in(self._router, "nft", "-f", "-", text=rules)

    def move(self, name: str) -> None:
        """Another address in another network, as when a phone leaves the wireless network for the mobile one."""
        own, link = self._of[name], f"to-{name}"
        self._in(self._router, "ip", "address", "add", "10.77.9.1/24", "dev", link)
        self._in(own, "ip", "address", "flush", "dev", "eth0")
        self._in(own, "ip", "address", "add", "10.77.9.2/24", "dev", "eth0")
        self._in(own, "ip", "route", "replace", "default", "via", "10.77.9.1")


def _enter(network: int) -> None:
    """Python 3.12 has os.setns."""
    if ctypes.CDLL(None, use_errno=True).setns(network, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
