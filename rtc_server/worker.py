"""The worker process: transcribes sessions while they run and completes them when they end. Opens no port.

Beside that it plays rehearsals (`rehearsal/worker.py`), sends texts and e-mail, deletes what is over (`retention.py`)
and has the payment processor pay (`money/payout_worker.py`).

Owns the leases of its sessions and one thread in which everything blocking runs. Easy to break: what it holds in
memory is only a cache of audio rows; whatever it has stored moved the leg's cursor in the same transaction, so it may
be killed at any moment and another worker goes on from the rows.
"""

import asyncio
import contextlib
import logging
import os
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from signal import SIGINT, SIGTERM
from typing import ParamSpec, TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from booking_core.people import People
from rtc_server.adapters.embedded_redis import redis_url
from rtc_server.adapters.key_file import load_ring
from rtc_server.adapters.payments import processor_of
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.config import Settings
from rtc_server.engines import choice
from rtc_server.engines.silero import Silero
from rtc_server.errors import SealBroken, StorageRefused
from rtc_server.money.payout_story import PayoutStory
from rtc_server.money.payout_worker import PayoutWorker
from rtc_server.money.payout_worker import rules_of as payout_rules_of
from rtc_server.outgoing import mail_worker, sms_worker
from rtc_server.outgoing.mail_worker import MailWorker
from rtc_server.outgoing.sms_worker import OutboxWorker
from rtc_server.people.guardians import Reminders
from rtc_server.rehearsal.worker import Rehearsing, places_of
from rtc_server.retention import Sweeper, kept_for
from rtc_server.speech.captioning import Captioning, CaptionPace, Publisher
from rtc_server.speech.leg_packets import Word
from rtc_server.speech.listening import Detector, Listener, Pace, Row, Segment
from rtc_server.store import transcripts as rows
from rtc_server.store.database import Store, now_ms
from rtc_server.store.migrate import check_revision
from rtc_server.store.rehearsals import TOPIC
from rtc_server.store.transcripts import Done, LeaseLost, LegWork, SealedRow, Work
from rtc_server.transcribe import Engine, NoModel, packed, utterances, words_of
from rtc_server.wire.types import Changed, encoder

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

IDLE_LEASE_S = 10.0  # of a session nothing is being transcribed of: another worker waits so long for a killed one
RECORDER_LAG_MS = 2_500  # rows older than this have come
LATE_ROWS_MS = 2_500  # a leg whose row was closed by web may still bring its last second
LATE_REASONS = ("replaced", "recorder_lost", "left")
ROWS_AT_ONCE = 120
MODEL_RETRY_S = 60.0
SAY_S = 2.0  # without a model: so soon a session says why it waits


class EngineHangs(Exception):
    """The worker's thread does not come back; only the end of the process frees it."""


@dataclass(frozen=True)
class Numbers:
    pack_s: float
    lease_s: float
    tries_max: int
    poll_s: float
    caption_pace: CaptionPace
    caption_poll_s: float


class Worker:
    """`engine` and `detector` block; they are only ever called in this worker's one thread."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        publisher: Publisher,
        engine: Engine,
        detector: Detector,
        numbers: Numbers,
    ) -> None:
        self.name = uuid.uuid4().hex
        self._store = store
        self._keys = keys
        self._publisher = publisher
        self._engine = engine
        self._detector = detector
        self._numbers = numbers
        self._listeners: dict[str, Listener] = {}
        self._thread = ThreadPoolExecutor(1, "whisper")
        self._captions = Captioning(
            store, publisher, detector, numbers.caption_pace, self._caption_words, self._in_thread
        )

    async def run(self, woken: asyncio.Event, stopped: asyncio.Event) -> None:
        """Work until `stopped`, then give the leases back. Raises EngineHangs."""
        while not stopped.is_set():
            woken.clear()
            is_read = False
            try:
                is_read = await self.step(stopped)
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("worker cannot use the database now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                poll_s = self._numbers.caption_poll_s if is_read else self._numbers.poll_s
                await asyncio.wait_for(woken.wait(), poll_s)
        await self._store.write(rows.release, self.name)
        self._thread.shutdown(wait=False)

    async def step(self, stopped: asyncio.Event | None = None) -> bool:
        """Look once at every session this worker has or may take. Returns whether somebody reads captions of one."""
        async with self._store.read() as connection:
            found = await rows.work(connection, self.name, now_ms())
        for work in found:
            if stopped is not None and stopped.is_set():
                break
            try:
                await self._session(work)
            except LeaseLost:
                log.warning("session=%s another worker has it", work.session_id)
                self._listeners.clear()
                self._captions.clear()
        return any(work.client_captions or work.therapist_captions for work in found)

    async def _session(self, work: Work) -> None:
        at_ms = now_ms()
        is_due = work.worker != self.name or work.lease_until_ms < at_ms + IDLE_LEASE_S * 500
        if is_due and not await self._claim(work, IDLE_LEASE_S, is_try=False):
            raise LeaseLost
        try:
            key = (await self._keys.key_of(work.client_id)).for_session(work.session_id)
        except SealBroken:
            return await self._fail(work, "key")
        if work.tries >= self._numbers.tries_max:
            return await self._fail(work, "engine")
        async with self._store.read() as connection:
            legs = await rows.legs_of(connection, work.session_id)
        is_over = work.ended_at_ms is not None
        if legs and not self._engine.understands(work.language):
            # Its sound waits, so that it can be tried again with a model that does.
            if is_over and all(_has_ended(leg, work, at_ms) for leg in legs):
                await self._fail(work, "language")
            return None
        for leg in legs:
            is_final = _has_ended(leg, work, at_ms)
            is_over = is_over and is_final
            if (leg.is_done and is_final) or work.live_at_ms is None:
                self._forget(leg.id)
            elif not await self._leg(work, leg, key, work.live_at_ms, is_final):
                return None
        if is_over:
            await self._complete(work)
        return None

    async def _leg(self, work: Work, leg: LegWork, key: SealKey, live_at_ms: int, is_final: bool) -> bool:
        """Hear what is new of a leg and store what can be stored. False when the engine failed: later again."""
        listener = self._listeners.get(leg.id)
        if listener is None or listener.cursor_ms != leg.transcribed_to_ms:
            listener = Listener(self._detector, leg.transcribed_to_ms, Pace(self._numbers.pack_s))
            self._listeners[leg.id] = listener
        until_ms = now_ms() - live_at_ms - RECORDER_LAG_MS
        is_all = False
        while not is_all:
            async with self._store.read() as connection:
                found = await rows.audio_after(connection, leg.id, listener.fed_seq, ROWS_AT_ONCE)
            is_all = len(found) < ROWS_AT_ONCE
            is_last = is_final and is_all
            opened = [_opened(row, leg.id, key) for row in found]
            until = until_ms if is_all else float(found[-1].to_ms)
            if work.is_read(leg.seat) and not is_final:
                await self._captions.hear(work, leg, key, opened, live_at_ms)
            else:
                self._captions.forget(leg.id)
            if not await self._heard(work, leg, listener, opened, until, is_last):
                return False
            while (segment := listener.segment(is_last)) is not None:
                words = await self._words(work, segment)
                if words is None:
                    return False
                await self._store_done(work, leg, key, listener, segment.to_ms, words)
            quiet_ms = listener.quiet_to(is_last)
            if quiet_ms is not None:
                await self._store_done(work, leg, key, listener, quiet_ms, [])
        if is_final:
            self._forget(leg.id)
        return True

    def _forget(self, leg_id: str) -> None:
        self._listeners.pop(leg_id, None)
        self._captions.forget(leg_id)

    async def _heard(
        self, work: Work, leg: LegWork, listener: Listener, opened: list[Row], until_ms: float, is_last: bool
    ) -> bool:
        """False when memory ran out; the try has been counted, and the next one begins anew from the rows."""
        try:
            await self._in_thread(listener.feed, opened, until_ms, is_last)
        except MemoryError:
            log.warning("session=%s no memory to hear leg=%s", work.session_id, leg.id)
            self._listeners.pop(leg.id, None)
            if not await self._claim(work, IDLE_LEASE_S, is_try=True):
                raise LeaseLost from None
            return False
        return True

    async def _caption_words(self, work: Work, segment: Segment) -> list[Word] | None:
        return await self._words(work, segment, is_try=False)

    async def _words(self, work: Work, segment: Segment, *, is_try: bool = True) -> list[Word] | None:
        """None when the engine failed; the try has been counted, if it is one."""
        lease_s = max(self._numbers.lease_s, 2 * segment.speech_s)
        # A caption leaves nothing to be finished, so whoever goes on after a killed worker need not wait for it.
        if not await self._claim(work, lease_s if is_try else IDLE_LEASE_S, is_try=is_try):
            raise LeaseLost
        try:
            async with asyncio.timeout(lease_s):
                phrases = await self._in_thread(self._engine.transcribe, packed(segment), work.language)
        except TimeoutError as error:
            raise EngineHangs(f"session={work.session_id} the engine hangs") from error
        except (RuntimeError, MemoryError) as error:
            log.warning("session=%s the engine failed error=%s", work.session_id, type(error).__name__)
            return None
        return words_of(segment, phrases)

    async def _store_done(
        self, work: Work, leg: LegWork, key: SealKey, listener: Listener, to_ms: int, words: list[Word]
    ) -> None:
        at_ms = now_ms()
        done = Done(
            session_id=work.session_id,
            leg_id=leg.id,
            seat=leg.seat,
            from_ms=listener.cursor_ms,
            to_ms=max(to_ms, listener.cursor_ms),
            utterances=utterances(words),
            gaps=list(listener.gaps),
            engine=self._engine.name,
        )
        until_ms = at_ms + round(IDLE_LEASE_S * 1_000)
        is_seen = await self._store.write(rows.store_done, key, self.name, done, until_ms, at_ms)
        listener.drop(done.to_ms)
        if is_seen:
            await self._publish(work.session_id, at_ms)

    async def _claim(self, work: Work, lease_s: float, *, is_try: bool) -> bool:
        at_ms = now_ms()
        until_ms = at_ms + round(lease_s * 1_000)
        return await self._store.write(rows.claim, work.session_id, self.name, until_ms, at_ms, is_try=is_try)

    async def _complete(self, work: Work) -> None:
        at_ms = now_ms()
        state = await self._store.write(rows.complete, work.session_id, self.name, at_ms)
        late_ms = at_ms - (work.ended_at_ms or at_ms)
        log.info("session=%s transcript finishing->%s late_ms=%d", work.session_id, state, late_ms)
        await self._publish(work.session_id, at_ms)

    async def _fail(self, work: Work, reason: str) -> None:
        at_ms = now_ms()
        await self._store.write(rows.fail, work.session_id, self.name, reason, at_ms)
        log.error("session=%s transcript failed reason=%s", work.session_id, reason)
        await self._publish(work.session_id, at_ms)

    async def _publish(self, session_id: str, at_ms: int) -> None:
        await self._publisher.publish(encoder.encode(Changed("transcript", session_id, at_ms)))

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))


def _has_ended(leg: LegWork, work: Work, at_ms: int) -> bool:
    """Whether no more rows of this leg can come."""
    if leg.state != "closed":
        # A recorder that died with the session's end never closes its legs; web does, or this.
        return work.ended_at_ms is not None and at_ms - work.ended_at_ms > 2 * LATE_ROWS_MS
    return leg.close_reason not in LATE_REASONS or at_ms - (leg.closed_at_ms or 0) > LATE_ROWS_MS


def _opened(row: SealedRow, leg_id: str, key: SealKey) -> Row:
    try:
        plain = key.open(row.packets_sealed, "audio", f"{leg_id}:{row.seq}", "packets_sealed")
    except SealBroken:
        log.warning("leg=%s audio row %d has a broken seal", leg_id, row.seq)
        plain = None
    return Row(row.seq, row.from_ms, row.to_ms, plain)


async def _heed(changes: AsyncIterator[bytes], woken: asyncio.Event, rehearsals_woken: asyncio.Event) -> None:
    """Look at once when a room or a leg changed, so that a transcript is complete soon after its end."""
    decoder = msgspec.json.Decoder(Changed)
    async for message in changes:
        topic = decoder.decode(message).topic
        if topic in ("room", "transcript"):
            woken.set()
        elif topic == TOPIC:
            rehearsals_woken.set()


async def _engine(settings: Settings, store: Store, stopped: asyncio.Event) -> Engine | None:
    """The engine, as soon as there is a model; until then transcripts wait and say why. None when stopped first."""
    while not stopped.is_set():
        try:
            return await asyncio.to_thread(choice.load, settings.whisper_engine, settings.whisper_model)
        except NoModel as error:
            log.error("%s", error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MODEL_RETRY_S):
                await _say_no_model(store, stopped)
    return None


async def _say_no_model(store: Store, stopped: asyncio.Event) -> None:
    """Until `stopped`: every session that begins meanwhile says why it has no words yet."""
    while not stopped.is_set():
        try:
            await store.write(rows.say_no_model, now_ms())
        except (SQLAlchemyError, StorageRefused) as error:
            log.warning("cannot say that there is no model error=%s", type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), SAY_S)


def _numbers(settings: Settings) -> Numbers:
    return Numbers(
        pack_s=settings.segment_pack_s,
        lease_s=settings.segment_lease_s,
        tries_max=settings.segment_tries_max,
        poll_s=settings.worker_poll_s,
        caption_pace=CaptionPace(settings.caption_span_s, settings.caption_late_s),
        caption_poll_s=settings.caption_poll_s,
    )


async def main(settings: Settings) -> None:
    """Run the worker until SIGTERM or SIGINT; a segment under way is stored first or left to another worker."""
    # Two inference threads on a busy two-core machine were four times slower than one.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
    await check_revision(store)
    key_database = Store(settings.resolved_key_database_url(), busy_s=settings.sqlite_busy_s)
    ring = load_ring(settings)
    keys = KeyStore(key_database, ring)
    redis = RedisStore(redis_url(settings), connect_s=settings.redis_connect_s, command_s=settings.redis_command_s)
    people = People(store, keys, ring.derive("email"))
    rehearsing = Rehearsing(store, people, redis, places_of(settings))
    stopped, woken = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        for event in (stopped, woken, rehearsing.woken):
            event.set()

    for signal in (SIGTERM, SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal, stop)
    numbers = _numbers(settings)
    outbox_rules = sms_worker.rules_of(settings)
    outbox = OutboxWorker(store, keys, people, redis, sms_worker.sender_of(settings), outbox_rules)
    texter = sms_worker.sender_of(settings)
    smtp = mail_worker.smtp_of(settings)
    mails = MailWorker(store, keys, people, smtp, texter, mail_worker.rules_of(settings))
    reminders = Reminders(store, keys, settings.time_zone, settings.retention_s)
    sweeper = Sweeper(store, ring.derive("audit"), kept_for(settings), settings.retention_s)
    payout_story = PayoutStory(store, keys, settings.invoice_email)
    payout_worker = PayoutWorker(store, payout_story, processor_of(settings), payout_rules_of(settings))
    async with asyncio.TaskGroup() as tasks:
        # Neither texts, e-mail, rehearsals, retention nor payouts wait for a model.
        tasks.create_task(outbox.run(stopped))
        tasks.create_task(mails.run(stopped))
        tasks.create_task(rehearsing.run(stopped))
        tasks.create_task(sweeper.run(stopped))
        tasks.create_task(payout_worker.run(stopped))
        tasks.create_task(reminders.run(stopped))
        heed = tasks.create_task(_heed(redis.listen(), woken, rehearsing.woken))
        engine = await _engine(settings, store, stopped)
        if engine is not None:
            log.info("worker runs engine=%s", engine.name)
            worker = Worker(store, keys, redis, engine, Silero(), numbers)
            try:
                await worker.run(woken, stopped)
            except EngineHangs as error:
                # The thread cannot be stopped and would keep the process; whoever started it starts another.
                log.error("%s, this worker ends", error)
                os._exit(70)
        heed.cancel()
    await redis.close()
    await key_database.close()
    await store.close()
