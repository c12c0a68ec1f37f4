"""The embedded Valkey, for real: where it listens, what its user may do, and how it ends."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError

from rtc_server.adapters import embedded_redis
from rtc_server.config import CannotStart, Settings, load
from tests.eventually import eventually

ROOT = Path(__file__).resolve().parent.parent.parent

STARTER = """
import asyncio, sys
from rtc_server.adapters import embedded_redis
from rtc_server.config import load
async def main():
    await embedded_redis.start(load({"DATA_DIR": sys.argv[1]}), is_guarded=sys.argv[2] == "guarded")
    print("started", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Process]:
    process = await embedded_redis.start(settings)
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


def server_pid(settings: Settings) -> int:
    return int(embedded_redis.pid_file(settings).read_text())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def sockets_of(pid: int) -> set[str]:
    links = Path(f"/proc/{pid}/fd").iterdir()
    return {str(link.readlink()).removeprefix("socket:[").removesuffix("]") for link in links}


def listening_inodes(path: str) -> set[str]:
    rows = [line.split() for line in Path(path).read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_it_listens_on_no_port_at_all(settings: Settings, server: Process) -> None:
    assert not sockets_of(server.pid) & (listening_inodes("/proc/net/tcp") | listening_inodes("/proc/net/tcp6"))


async def test_only_its_owner_can_reach_it(settings: Settings, server: Process) -> None:
    assert mode(embedded_redis.socket_path(settings)) == 0o700
    assert mode(settings.data_path / "valkey.password") == 0o600
    assert mode(settings.data_path / "valkey") == 0o700
    assert mode(settings.data_path / "valkey" / "valkey.conf") == 0o600
    async with Redis(unix_socket_path=str(embedded_redis.socket_path(settings))) as stranger:
        with pytest.raises(RedisError, match="authenticat"):
            await stranger.ping()


async def test_our_user_cannot_empty_reconfigure_or_leave_its_keys(settings: Settings, server: Process) -> None:
    async with Redis.from_url(embedded_redis.redis_url(settings)) as redis:
        assert await redis.set("qc:test", "1")
        for command in (("FLUSHALL",), ("CONFIG", "GET", "*"), ("SHUTDOWN",), ("SET", "other", "1"), ("KEYS", "*")):
            with pytest.raises(NoPermissionError):
                await redis.execute_command(*command)


async def test_what_it_holds_is_there_after_a_restart(settings: Settings, server: Process) -> None:
    async with Redis.from_url(embedded_redis.redis_url(settings)) as redis:
        await redis.set("qc:kept", "1")
    server.terminate()
    await server.wait()
    again = await embedded_redis.start(settings)
    try:
        async with Redis.from_url(embedded_redis.redis_url(settings)) as redis:
            assert await redis.get("qc:kept") == b"1"
    finally:
        again.kill()
        await again.wait()


async def test_a_log_it_cannot_read_does_not_keep_it_from_starting(settings: Settings, server: Process) -> None:
    server.kill()
    await server.wait()
    for file in (settings.data_path / "valkey" / "appendonlydir").glob("*.rdb"):
        file.write_bytes(b"garbage")
    again = await embedded_redis.start(settings)
    again.kill()
    await again.wait()


async def test_a_second_server_on_the_same_data_is_refused(
    settings: Settings, server: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_redis, "LOCK_WAIT_S", 0.1)
    with pytest.raises(CannotStart, match="DATA_DIR"):
        await embedded_redis.start(settings)


async def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    settings = load({"DATA_DIR": str(tmp_path / ("long" * 30))})
    process = await embedded_redis.start(settings)
    try:
        path = embedded_redis.socket_path(settings)
        assert len(os.fsencode(path)) <= embedded_redis.SOCKET_PATH_BYTES_MAX
        assert mode(path.parent) == 0o700
        async with Redis.from_url(embedded_redis.redis_url(settings)) as redis:
            assert await redis.ping()
        embedded_redis.prepare(settings)
        assert embedded_redis.socket_path(settings) == path
    finally:
        process.kill()
        await process.wait()
    path.unlink()
    path.parent.rmdir()


def test_without_a_server_and_without_redis_url_the_answer_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(CannotStart, match="REDIS_URL"):
        embedded_redis.redis_url(settings)


@pytest.mark.parametrize("kind", ["signalled", "guarded"])
async def test_it_dies_with_the_process_that_started_it(settings: Settings, kind: str) -> None:
    if kind == "signalled" and not sys.platform.startswith("linux"):
        pytest.skip("there is no parent-death signal here")
    command = [sys.executable, "-c", STARTER, settings.data_dir, kind]
    starter = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert await asyncio.wait_for(starter.stdout.readline(), 20) == b"started\n"
    pid = server_pid(settings)
    starter.send_signal(signal.SIGKILL)
    await starter.wait()

    async def is_gone() -> bool:
        return not is_alive(pid)

    await eventually(is_gone, 2.0, "the server has gone")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        os.kill(pid, 0)
        if not Path("/proc").is_dir():
            return True
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
