"""Redis, the referee at the door: reservations, leases, the order of who waits, and the channel `changed`.

Everything here can be rebuilt from the database; nobody's words pass through. Any failure is `PoolUnavailable`
within the command timeout: no retry before the caller is answered. Key names stand at the top and nowhere else.
Easy to break: the line is only as good as every move that reached it, so whoever has lost one says that it is in doubt.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, WatchError

from rtc_server.errors import PoolUnavailable

log = logging.getLogger(__name__)

CHANGED = "qc:changed"
SIGNALS = "qc:signals"
WAITING = "qc:waiting:"  # + language: sorted set of request ids by place
BUILT = "qc:built"  # a name drawn when the index was first built; gone with everything else when Redis is emptied
MOVES = "qc:moves"  # counts the moves of the line
CHECK = "qc:check"  # written to see whether anything can be
LEASE = "qc:lease:"  # + kind:id
RESERVED = "qc:reserved:"  # + kind:id

RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder then return {holder, now} end
end
local token = ARGV[1] .. ':' .. string.format('%.0f', now)
for _, key in ipairs(KEYS) do redis.call('SET', key, token, 'PX', ARGV[2]) end
return {token, now}
"""
KEEP = """
for _, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if not holder or holder == ARGV[1] then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
end
return 0
"""
RELEASE = """
for _, key in ipairs(KEYS) do if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end end
return 0
"""

KEYS_AT_ONCE = 500  # more would hold everybody else up, there and here
REST_S = 0.5  # after a failure nobody asks for so long: one that hangs would hold each of them for the whole timeout
BUILD_TRIES = 5
DEAF_S = 2.5  # a subscription that answers no ping for so long

AWAY = (RedisError, OSError, asyncio.TimeoutError)


def _away() -> PoolUnavailable:
    return PoolUnavailable("We cannot do this for a moment. Nothing was lost. Please try again.")


class Reservation(NamedTuple):
    """`token` gives it back; "" when `holder` was first, by `behind_ms` on Redis's own clock."""

    token: str
    holder: str
    behind_ms: int


class Moved(NamedTuple):
    """A request that joins the line of its language at `place`, or with None leaves it."""

    language: str
    request_id: str
    place: int | None


def _add_move(pipe: Pipeline, moved: Moved | None) -> None:
    match moved:
        case Moved(language, request_id, None):
            pipe.incr(MOVES)
            pipe.zrem(WAITING + language, request_id)
        case Moved(language, request_id, int(place)):
            pipe.incr(MOVES)
            pipe.zadd(WAITING + language, {request_id: place})


class RedisStore:
    """One per process. Times in seconds."""

    def __init__(self, url: str, *, connect_s: float, command_s: float) -> None:
        no_retry = Retry(NoBackoff(), 0)
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=32,
            timeout=command_s,
            socket_connect_timeout=connect_s,
            socket_timeout=command_s,
            retry=no_retry,
            decode_responses=True,
        )
        self._redis = Redis(connection_pool=pool)
        self._rests_until = 0.0
        self.is_line_in_doubt = False  # a move may not have reached it
        self._url, self._connect_s, self._no_retry = url, connect_s, no_retry
        self._reserve = self._redis.register_script(RESERVE)
        self._keep = self._redis.register_script(KEEP)
        self._release = self._redis.register_script(RELEASE)

    @contextlib.asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Round every command. Raises PoolUnavailable."""
        now = asyncio.get_running_loop().time
        if now() < self._rests_until:
            raise _away()
        try:
            yield
        except AWAY as error:
            self._rests_until = now() + REST_S
            # Each connection that is dead would else be found out by another caller; one that hangs may not even close.
            with contextlib.suppress(*AWAY):
                await self._redis.connection_pool.disconnect(inuse_connections=False)
            raise _away() from error

    async def check(self) -> None:
        """Whether it keeps what it is told: one that is full answers and does not. Raises PoolUnavailable."""
        async with self._asking():
            await self._redis.set(CHECK, 1)

    async def publish(self, *messages: bytes, channel: str = CHANGED, moved: Moved | None = None) -> None:
        """Move the line and publish, in one trip. At most once: a lost publish costs the others the poll interval and
        the database stands in for a lost line, so a failure is logged and not raised."""
        try:
            async with self._asking(), self._redis.pipeline(transaction=False) as pipe:
                _add_move(pipe, moved)
                for message in messages:
                    pipe.publish(channel, message)
                await pipe.execute()
        except PoolUnavailable:
            self.is_line_in_doubt |= moved is not None
            log.warning("publish lost, others learn it from the event rows")

    async def listen(self, channel: str = CHANGED) -> AsyncIterator[bytes]:
        """Messages on the channel, for ever, over a connection of its own; resubscribes after a loss.

        A ping in every silent second proves the subscription alive: one gone deaf is dialled again.
        """
        while True:
            client = Redis.from_url(
                self._url, socket_connect_timeout=self._connect_s, socket_timeout=5.0, retry=self._no_retry
            )
            try:
                async with client.pubsub() as subscription:
                    await subscription.subscribe(channel)
                    heard = asyncio.get_running_loop().time()
                    while True:
                        message = await subscription.get_message(timeout=1.0)
                        now = asyncio.get_running_loop().time()
                        if message is not None:
                            heard = now
                            if message["type"] == "message":
                                yield message["data"]
                        elif now - heard > DEAF_S:
                            raise TimeoutError
                        else:
                            await subscription.ping()
            except AWAY:
                await asyncio.sleep(0.3)
            finally:
                with contextlib.suppress(*AWAY):
                    await client.aclose()

    async def reserve(self, keys: Sequence[str], hold_s: float, person_id: str) -> Reservation:
        """Reserve all `keys` or none."""
        mine = f"{person_id}:{secrets.token_hex(8)}"
        async with self._asking():
            standing, now = await self._reserve([RESERVED + key for key in keys], [mine, int(hold_s * 1000)])
        token = str(standing)
        if token.startswith(f"{mine}:"):
            return Reservation(token, "", 0)
        holder, _, since = token.split(":")
        return Reservation("", holder, int(now) - int(since))

    async def release(self, keys: Sequence[str], token: str) -> None:
        """A reservation that cannot be given back frees itself."""
        with contextlib.suppress(PoolUnavailable):
            async with self._asking():
                await self._release([RESERVED + key for key in keys], [token])

    async def take(self, leases: Iterable[str], holder: str, lease_s: float) -> None:
        """Start leases, also over another holder's: whoever came last has them. Raises PoolUnavailable."""
        async with self._asking(), self._redis.pipeline(transaction=False) as pipe:
            for lease in leases:
                pipe.set(LEASE + lease, holder, px=int(lease_s * 1000))
            await pipe.execute()

    async def keep(self, leases: Sequence[str], holder: str, lease_s: float) -> None:
        """Renew one's own leases and put back those that have run out; never another holder's, which a process that
        was stopped would else take from the one that serves. Raises PoolUnavailable."""
        keys = [LEASE + lease for lease in leases]
        async with self._asking():
            for start in range(0, len(keys), KEYS_AT_ONCE):
                await self._keep(keys[start : start + KEYS_AT_ONCE], [holder, int(lease_s * 1000)])

    async def give_back(self, lease: str, holder: str) -> None:
        """End a lease at once, unless another holder has taken it over."""
        with contextlib.suppress(PoolUnavailable):
            async with self._asking():
                await self._release([LEASE + lease], [holder])

    async def leased(self, leases: Sequence[str]) -> list[bool]:
        """Which of these leases run. Raises PoolUnavailable: absence is only ever observed."""
        held: list[bool] = []
        async with self._asking():
            for start in range(0, len(leases), KEYS_AT_ONCE):
                keys = [LEASE + lease for lease in leases[start : start + KEYS_AT_ONCE]]
                held += [value is not None for value in await self._redis.mget(keys)]
        return held

    async def built(self) -> str | None:
        """The name this index was built under, None when there is none. Another name: Redis was emptied meanwhile."""
        async with self._asking():
            name = await self._redis.get(BUILT)
        return None if name is None else str(name)

    async def build(self, read: Callable[[], Awaitable[Iterable[tuple[str, str, int]]]]) -> None:
        """Write the whole line anew: (language, request id, place) of all that `read` finds in the database.

        A move made meanwhile may be older or newer than what was read: then it is read again. Raises PoolUnavailable.
        """
        self.is_line_in_doubt = False
        try:
            for _ in range(BUILD_TRIES):
                async with self._asking():
                    if await self._build(read):
                        return
            raise _away()
        except PoolUnavailable:
            self.is_line_in_doubt = True
            raise

    async def _build(self, read: Callable[[], Awaitable[Iterable[tuple[str, str, int]]]]) -> bool:
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(MOVES)
            old = [key async for key in self._redis.scan_iter(WAITING + "*", count=KEYS_AT_ONCE)]
            line: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
            for language, request_id, place in await read():
                line[language].append((request_id, place))
            pipe.multi()  # type: ignore[no-untyped-call]  # untyped in redis-py
            for key in old:
                pipe.delete(key)
            for language, places in line.items():
                for start in range(0, len(places), KEYS_AT_ONCE):
                    pipe.zadd(WAITING + language, dict(places[start : start + KEYS_AT_ONCE]))
            pipe.set(BUILT, secrets.token_hex(8), nx=True)
            with contextlib.suppress(WatchError):
                await pipe.execute()
                return True
        return False

    async def rank(self, language: str, request_id: str) -> int | None:
        """How many wait before this one; None when Redis cannot say."""
        rank = await self._of_line("zrank", WAITING + language, request_id)
        return rank if isinstance(rank, int) else None

    async def first(self, language: str, count: int) -> list[str]:
        """The ids of the first `count` who wait in this language; empty when Redis cannot say."""
        found = await self._of_line("zrange", WAITING + language, 0, count - 1)
        return [str(item) for item in found or ()]

    async def _of_line(self, command: str, *arguments: str | int) -> Any:
        """The answer; None while the line is not built: after Redis was emptied, newcomers stand there alone."""
        with contextlib.suppress(PoolUnavailable):
            async with self._asking(), self._redis.pipeline(transaction=False) as pipe:
                pipe.exists(BUILT)
                pipe.execute_command(command, *arguments)
                is_built, answer = await pipe.execute()
            return answer if is_built else None
        return None

    async def close(self) -> None:
        await self._redis.aclose()
