"""A real coturn on loopback: everything on its command line, no configuration file, no service of the system.

Owns no shortcut into the product. Easy to break: loopback peers are allowed because everything here is on loopback;
every other private range is refused, as docs/operations.md asks of an operator.
"""

import json
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtc_server.adapters.lan import make_certificate
from rtc_server.adapters.parent import end_with_parent
from tests.cluster import END_S, START_S, free_port

REFUSED = (
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "172.16.0.0-172.31.255.255",
    "192.168.0.0-192.168.255.255",
)
PROGRAM = shutil.which("turnserver")


class Coturn:
    """`urls` by way (udp, tcp, tls); `settings` are what the product is told of it."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self.address = address
        self.port, self.tls_port = free_port(), free_port()
        self.secret = secrets.token_hex(16)
        self.urls = {
            "udp": f"turn:{address}:{self.port}?transport=udp",
            "tcp": f"turn:{address}:{self.port}?transport=tcp",
            "tls": f"turns:{address}:{self.tls_port}?transport=tcp",
        }
        self.settings = {
            "ICE_SERVERS": json.dumps([{"urls": list(self.urls.values())}]),
            "TURN_SECRET": self.secret,
        }
        self.log = folder / "coturn.log"
        self._folder = folder

    def command(self) -> list[str]:
        assert PROGRAM is not None
        certificate = self._folder / "relay.pem"
        make_certificate(certificate, [self.address])
        return [
            *(PROGRAM, "-n", "--no-cli", "--no-dtls", "--fingerprint", "--no-multicast-peers", "--no-rfc5780"),
            *(f"--listening-ip={self.address}", f"--relay-ip={self.address}", "--allow-loopback-peers"),
            *(f"--listening-port={self.port}", f"--tls-listening-port={self.tls_port}"),
            *(f"--cert={certificate}", f"--pkey={certificate}"),
            *("--use-auth-secret", f"--static-auth-secret={self.secret}", "--realm=quick-connect.example"),
            *(f"--denied-peer-ip={addresses}" for addresses in REFUSED),
            *("--user-quota=24", "--total-quota=200"),
            *(f"--userdb={self._folder / 'turndb'}", f"--pidfile={self._folder / 'coturn.pid'}"),
            *("--log-file=stdout", "--simple-log"),
        ]

    @contextmanager
    def running(self) -> Iterator["Coturn"]:
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(),
            )
        try:
            self._wait_listening(process)
            yield self
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait_listening(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_S
        for port in (self.port, self.tls_port):
            while not self._answers(port):
                assert process.poll() is None, f"coturn ended: {self.log.read_text(errors='replace')[-2_000:]}"
                if time.monotonic() > deadline:
                    raise TimeoutError(f"coturn was not ready within {START_S} s")
                time.sleep(0.05)

    def _answers(self, port: int) -> bool:
        try:
            with socket.create_connection((self.address, port), timeout=1):
                return True
        except OSError:
            return False
