"""What the worker does for whoever reads captions: hears the other one a second time, in a hurry.

Knows no engine and no audio rows: both are handed over by the worker. The rule that is easy to break: captions are
beside the transcript, never in it. They move no cursor, count no try, and what comes too late is left out, because
the transcript will have it.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from rtc_server.adapters.seal import SealKey
from rtc_server.speech.leg_packets import Word
from rtc_server.speech.listening import Detector, Listener, Pace, Row, Segment
from rtc_server.store import captions
from rtc_server.store.captions import SealedCaption
from rtc_server.store.database import Store, now_ms
from rtc_server.store.transcripts import LegWork, Work
from rtc_server.wire.types import Changed, encoder

log = logging.getLogger(__name__)

FRESH_MS = 1_000  # what was said earlier than this before captions were turned on is not shown


class CaptionPace(NamedTuple):
    span_s: float
    late_s: float


class Publisher(Protocol):
    async def publish(self, message: bytes) -> None: ...


class Captioning:
    """One per worker. `transcribe` gives the words of a segment, or None when the engine failed."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        detector: Detector,
        pace: CaptionPace,
        transcribe: Callable[[Work, Segment], Awaitable[list[Word] | None]],
        in_thread: Callable[..., Awaitable[None]],
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._detector = detector
        self._pace = pace
        self._transcribe = transcribe
        self._in_thread = in_thread
        self._listeners: dict[str, Listener] = {}

    def forget(self, leg_id: str) -> None:
        """Nobody reads this leg along, or it is over."""
        self._listeners.pop(leg_id, None)

    def clear(self) -> None:
        self._listeners.clear()

    async def hear(self, work: Work, leg: LegWork, key: SealKey, rows: Sequence[Row], live_at_ms: int) -> None:
        """Tell whoever reads along what these new rows of a leg say."""
        listener = self._listeners.get(leg.id)
        if listener is None:
            pace = Pace.of_captions(self._pace.span_s)
            listener = Listener(self._detector, now_ms() - live_at_ms - FRESH_MS, pace)
            self._listeners[leg.id] = listener
        try:
            await self._in_thread(listener.feed, rows, 0.0, False)
        except MemoryError:
            log.warning("session=%s no memory for captions of leg=%s", work.session_id, leg.id)
            self.forget(leg.id)
            return
        while (segment := listener.segment(False)) is not None:
            listener.drop(segment.to_ms)
            is_late = now_ms() - live_at_ms - segment.to_ms > self._pace.late_s * 1_000
            words = None if is_late else await self._transcribe(work, segment)
            if words:
                await self._tell(work.session_id, leg.seat, key, words)
        quiet_ms = listener.quiet_to(False)
        if quiet_ms is not None:
            listener.drop(quiet_ms)

    async def _tell(self, session_id: str, seat: str, key: SealKey, words: list[Word]) -> None:
        caption_id = str(uuid.uuid4())
        text = " ".join(word.text for word in words)
        sealed = key.seal_text(text, "caption", caption_id, "words_sealed")
        at_ms = now_ms()
        one = SealedCaption(caption_id, session_id, seat, words[0].from_ms, words[-1].to_ms, sealed)
        await self._store.write(captions.add, one, at_ms)
        await self._publisher.publish(encoder.encode(Changed(captions.TOPIC, caption_id, at_ms)))
