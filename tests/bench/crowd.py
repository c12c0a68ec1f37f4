"""Thousands of socket.io clients in one thread, as light as sockets go: the same crowd for the product and its peer.

Knows frames, not views: what arrives is searched for bytes, never decoded, so that the time measured is the server's
and the kernel's. One crowd may be on several servers at once, which is what makes rounds interleave.
"""

import json
import os
import resource
import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PONG = b"3"
AT_ONCE = 50  # handshakes under way


def allow_sockets(wanted: int) -> int:
    """How many sockets this machine lets one process hold, up to `wanted`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - 200)


def frame(text: bytes) -> bytes:
    """One masked text frame, as browsers send them."""
    mask = os.urandom(4)
    length = len(text)
    head = struct.pack("!BB", 0x81, 0x80 | length) if length < 126 else struct.pack("!BBH", 0x81, 0xFE, length)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))


@dataclass(eq=False)
class Member:
    """One socket. `inbox` holds what has arrived and is not a whole frame yet."""

    connection: socket.socket
    hello: bytes
    inbox: bytearray = field(default_factory=bytearray)
    is_upgraded: bool = False
    is_in: bool = False

    def send(self, text: bytes) -> None:
        self.connection.sendall(frame(text))

    def send_frame(self, whole: bytes) -> float:
        """Send what was made before; returns when."""
        started = time.perf_counter()
        self.connection.sendall(whole)
        return started

    def frames(self, data: bytes) -> list[bytes]:
        """The whole texts that `data` completes."""
        self.inbox += data
        found = []
        if not self.is_upgraded:
            end = self.inbox.find(b"\r\n\r\n")
            if end < 0:
                return []
            assert self.inbox.startswith(b"HTTP/1.1 101"), bytes(self.inbox[:200])
            assert b"permessage-deflate" not in self.inbox[:end]
            del self.inbox[: end + 4]
            self.is_upgraded = True
        while len(self.inbox) >= 2:
            at, length = 2, self.inbox[1]
            if length == 126:
                at, length = 4, int.from_bytes(self.inbox[2:4], "big")
            elif length == 127:
                at, length = 10, int.from_bytes(self.inbox[2:10], "big")
            if len(self.inbox) < at + length:
                break
            assert self.inbox[0] == 0x81, "the servers send whole text frames only"
            found.append(bytes(self.inbox[at : at + length]))
            del self.inbox[: at + length]
        return found


class Crowd:
    """Use as a context manager. Times are of `time.perf_counter`."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._members: dict[int, Member] = {}

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members.values():
            member.connection.close()
        self._poll.close()

    def join(self, port: int, hellos: list[tuple[object, str]]) -> list[Member]:
        """One socket for each (what `connect` carries, cookie)."""
        joined: list[Member] = []
        for start in range(0, len(hellos), AT_ONCE):
            fresh = [self._open(port, auth, cookie) for auth, cookie in hellos[start : start + AT_ONCE]]
            self.serve(lambda: all(member.is_in for member in fresh), 60)  # noqa: B023
            joined += fresh
        return joined

    def _open(self, port: int, auth: object, cookie: str) -> Member:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own = f"127.0.0.1:{port}"
        lines = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: {own}", f"Origin: http://{own}"]
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Extensions: permessage-deflate"]
        lines += [f"Cookie: {cookie}"] if cookie else []
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        member = Member(connection, b"40" + json.dumps(auth).encode())
        self._members[connection.fileno()] = member
        self._poll.register(connection.fileno(), select.EPOLLIN)
        return member

    def serve(self, is_so: Callable[[], bool], timeout_s: float) -> None:
        """Answer what the servers ask until `is_so()`, looked at after each round of arrivals. Raises TimeoutError."""
        self.watch(b"\0", set(), timeout_s, is_so)

    def watch(
        self,
        needle: bytes,
        awaited: set[Member],
        timeout_s: float = 20.0,
        is_so: Callable[[], bool] | None = None,
    ) -> dict[Member, tuple[float, bytes]]:
        """When each of `awaited` first received a message with `needle` in it, and the message; in the order of their
        arrival. Raises TimeoutError."""
        missing = set(awaited)
        seen: dict[Member, tuple[float, bytes]] = {}
        deadline = time.perf_counter() + timeout_s
        while missing or (is_so is not None and not is_so()):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(missing)} of {len(awaited)} have not received {needle!r}")
            for descriptor, _ in self._poll.poll(0.05):
                member = self._members[descriptor]
                data = member.connection.recv(65536)
                if not data:
                    raise ConnectionError("a server closed a socket of the crowd")
                for text in member.frames(data):
                    if member in missing and needle in text:
                        seen[member] = (time.perf_counter(), text)
                        missing.discard(member)
                    else:
                        self._answer(member, text)
        return seen

    def _answer(self, member: Member, text: bytes) -> None:
        if text == b"2":
            member.send(PONG)
        elif text.startswith(b"0"):
            member.send(member.hello)
        elif text.startswith(b"40"):
            member.is_in = True
        elif text.startswith(b"44"):
            raise ConnectionRefusedError(text.decode())


def last(seen: dict[Member, tuple[float, bytes]]) -> float:
    """When the last of them had it."""
    return max(when for when, _ in seen.values())
