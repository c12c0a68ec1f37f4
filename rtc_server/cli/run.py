"""`run`: everything on one machine. Migrates, then keeps Valkey, web, recorder and worker running as children.

Owns the order of starting and ending. The children find each other by DATA_DIR and the environment, as they would
when started one by one; nothing is handed to them here but where to listen and a pipe that ends with this process.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp

from rtc_server.adapters import embedded_redis, lan
from rtc_server.adapters.key_file import load_ring
from rtc_server.adapters.parent import end_with_parent
from rtc_server.cli import demo
from rtc_server.cli.children import Children
from rtc_server.cli.migrate import migrate
from rtc_server.config import CannotStart, Settings

READY_S = 60.0
END_EXTRA_S = 2.0
LAN_WARNING = "The browser warns once that nobody vouches for this certificate: this machine made it; choose to go on."
NO_LAN = "This machine has no address on a network now: only its own browsers can open it."

log = logging.getLogger(__name__)


async def run(settings: Settings, webs: int, *, on_lan: bool) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; a second one kills. Raises CannotStart."""
    stop = _stop_signals()
    reachable = lan.addresses() if on_lan else []
    if on_lan:
        settings = _on_lan(settings, reachable)
    ports = [settings.port + number for number in range(webs)]
    _check_ports(settings, ports)
    await migrate(settings)
    if on_lan:
        lan.make_certificate(Path(settings.tls_file), reachable)
    load_ring(settings)
    password = None if settings.is_production else await demo.ensure(settings)
    children = Children()
    try:
        await _start(children, settings, ports)
        if await _until_ready(settings, ports, stop):
            _greet(settings, password, reachable if on_lan else None)
            await stop.wait()
    finally:
        await _end(children, settings, stop)


def _on_lan(settings: Settings, reachable: Sequence[str]) -> Settings:
    if settings.is_production:
        raise CannotStart("--lan signs its own certificate and is not for production: put a proxy with TLS in front")
    if settings.public_url or settings.tls_file:
        raise CannotStart("--lan chooses PUBLIC_URL and TLS_FILE itself: unset them, or leave --lan out")
    return replace(
        settings,
        host="0.0.0.0",
        public_url=f"https://{reachable[0] if reachable else '127.0.0.1'}:{settings.port}",
        tls_file=str(lan.certificate_file(settings.data_path)),
    )


def _stop_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels the main task instead
                loop.add_signal_handler(number, stop.set)
    return stop


def _check_ports(settings: Settings, ports: list[int]) -> None:
    if settings.recorder_port in ports:
        raise CannotStart(f"RECORDER_PORT {settings.recorder_port} is one of the web ports: set another")
    for host, port, name in [*((settings.host, port, "PORT") for port in ports), _recorder_address(settings)]:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            raise CannotStart(
                f"Cannot listen on {host}:{port}: {error.strerror}. Stop what uses it, or set {name}"
            ) from error


def _recorder_address(settings: Settings) -> tuple[str, int, str]:
    return "127.0.0.1", settings.recorder_port, "RECORDER_PORT"


async def _start(children: Children, settings: Settings, ports: list[int]) -> None:
    if not settings.redis_url:
        await children.add("valkey", partial(embedded_redis.start, settings))
    for port in ports:
        where = {"HOST": settings.host, "PUBLIC_URL": settings.public_url, "TLS_FILE": settings.tls_file}
        await children.add(f"web:{port}", partial(_spawn, "web", {"PORT": str(port), **where}))
    if not settings.recorder_url:
        await children.add("recorder", partial(_spawn, "recorder", {}))
    # Two inference threads on a busy two-core machine were four times slower than one.
    await children.add("worker", partial(_spawn, "worker", {"OMP_NUM_THREADS": "1"}))


async def _spawn(command: str, environment: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rtc_server", command, "--end-with-parent"),
        stdin=PIPE,
        env={**os.environ, **environment},
        start_new_session=True,
        preexec_fn=end_with_parent(),
    )


async def _until_ready(settings: Settings, ports: list[int], stop: asyncio.Event) -> bool:
    """Whether every web answers; False when we were told to stop meanwhile. Raises CannotStart after a minute."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    scheme = "https" if settings.tls_file else "http"
    deadline = asyncio.get_running_loop().time() + READY_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as session:
        for port in ports:
            while not stop.is_set():
                try:
                    # Whether it answers is asked, not who it is: TLS_FILE may be for other names than loopback.
                    async with session.get(f"{scheme}://{host}:{port}/healthz", ssl=False) as answer:
                        if answer.status == 200:
                            break
                except (aiohttp.ClientError, TimeoutError):
                    pass
                if asyncio.get_running_loop().time() > deadline:
                    raise CannotStart("The web process did not start; its messages stand above")
                await asyncio.sleep(0.1)
    return not stop.is_set()


def _greet(settings: Settings, password: str | None, reachable: Sequence[str] | None) -> None:
    """`reachable`: this machine's addresses on its networks with --lan, None without."""
    lines = ["", f"  Quick Connect is at {settings.resolved_public_url()}"]
    if reachable is not None:
        lines += [f"  {'and at':>19} https://{address}:{settings.port}" for address in reachable[1:]]
        lines += ["", f"  {LAN_WARNING if reachable else NO_LAN}"]
    lines.append("")
    if password is not None:
        lines += [f"  {person.role:<10} {person.email}" for person in demo.PEOPLE if person.is_printed]
        lines += [f"  {'password':<10} {password}", ""]
    print("\n".join([*lines, "  Ctrl-C ends it.", ""]), flush=True)


async def _end(children: Children, settings: Settings, stop: asyncio.Event) -> None:
    """The processes first, so that they can still give back what they hold in Valkey."""
    stop.clear()
    ours = [name for name in children.names() if name != "valkey"]
    ending = asyncio.create_task(children.stop(ours, settings.drain_s + END_EXTRA_S))
    hurried = asyncio.create_task(stop.wait())
    await asyncio.wait((ending, hurried), return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    ending.cancel()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await ending
    with contextlib.suppress(TimeoutError):
        await children.stop(["valkey"], END_EXTRA_S)
