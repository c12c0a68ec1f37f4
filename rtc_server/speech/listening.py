"""One leg's packets become speech that waits for words: clock, decoding, detection, cutting, packing.

Knows the detector only by protocol, no engine, no storage, no seal. The rule that is easy to break: nothing leaves
here that the detector has not called speech, because Whisper writes whole invented sentences over silence. A quiet
gate stands before the detector, which errs near silence itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from rtc_server.speech.leg_packets import BadPackets, Gap, LegClock, Pause, unpack

Pcm = npt.NDArray[np.float32]  # 16 kHz mono, -1 to 1

RATE = 16_000
OPUS_RATE = 48_000
WINDOW = 512  # samples the detector judges at once: 32 ms
WINDOW_MS = WINDOW * 1_000 / RATE

JOIN_MS = 60.0  # a packet this close to the end so far follows it directly
SILENCE_MS_MAX = 1_000.0  # a longer hole starts a new block instead of being filled
UNREADABLE_MS = 400.0  # packets that cannot be decoded for this long are a gap

GATE = 10 ** (-52 / 20)  # RMS below -52 dBFS is never speech
GATE_WINDOWS = 5  # and the gate opens this many windows early and closes as many late
DETECT_WINDOWS_MIN = 125  # the detector is run on about four new seconds
DETECT_CONTEXT = 32  # with one second before them, so that it knows the voice
SPEECH, STILL_SPEECH = 0.5, 0.35
PAUSE_WINDOWS = 10  # 0.3 s of silence ends a span
SPAN_WINDOWS_MIN = 4
PAD_WINDOWS = 6  # 0.2 s each side

SPAN_S_MAX = 24.0  # somebody who never draws breath is cut at the quietest moment before this
PACK_S_MAX = 28.0  # Whisper hears 30 s at a time, joints included
JOINT_S = 0.3  # silence between packed spans
SPEECH_AGE_MS_MAX = 60_000.0  # words come at the latest a minute after they were spoken
QUIET_MS = 10_000.0  # silence is let go in pieces this long


class Pace(NamedTuple):
    """How much speech is gathered before it goes to the engine."""

    pack_s: float  # pieces are packed to about this length
    span_s_max: float = SPAN_S_MAX
    detect_windows_min: int = DETECT_WINDOWS_MIN
    # Packets are taken as they come, without the two seconds that make their times exact, and so are pieces: one by
    # one, or together when several wait, since an engine takes hardly longer for them.
    is_prompt: bool = False

    @classmethod
    def of_captions(cls, span_s_max: float) -> "Pace":
        return cls(pack_s=PACK_S_MAX, span_s_max=span_s_max, detect_windows_min=PAUSE_WINDOWS, is_prompt=True)


class Detector(Protocol):
    def probabilities(self, pcm: Pcm) -> Pcm:
        """Probability of speech for each whole window of 512 samples."""


class Row(NamedTuple):
    """One audio row, opened; None when its seal is broken."""

    seq: int
    from_ms: int
    to_ms: int
    packets: bytes | None


class Piece(NamedTuple):
    from_ms: float
    pcm: Pcm


class Segment(NamedTuple):
    """A speaker's next words-to-be: everything up to `to_ms` is dealt with when these pieces are."""

    pieces: list[Piece]
    to_ms: int

    @property
    def speech_s(self) -> float:
        return sum(len(piece.pcm) for piece in self.pieces) / RATE


def _silence(samples: int) -> Pcm:
    return np.zeros(max(0, samples), np.float32)


@dataclass
class _Block:
    """Sound without a hole, and how likely each window of it is speech."""

    from_ms: float
    pace: Pace
    pcm: Pcm = field(default_factory=lambda: _silence(0))
    speech: Pcm = field(default_factory=lambda: _silence(0))

    @property
    def to_ms(self) -> float:
        return self.from_ms + len(self.pcm) * 1_000 / RATE

    def detect(self, detector: Detector, is_final: bool) -> None:
        """Judge the windows that are new, when there are enough of them."""
        if is_final:
            self.pcm = np.concatenate([self.pcm, _silence(-len(self.pcm) % WINDOW)])
        known, whole = len(self.speech), len(self.pcm) // WINDOW
        if whole == known or (whole - known < self.pace.detect_windows_min and not is_final):
            return
        start = max(0, known - DETECT_CONTEXT)
        part = self.pcm[start * WINDOW : whole * WINDOW]
        is_loud = _is_loud(part)
        new = detector.probabilities(part) * is_loud if is_loud.any() else np.zeros(whole - start, np.float32)
        self.speech = np.concatenate([self.speech, new[known - start :]])

    def spans(self, is_closed: bool) -> list[tuple[int, int]]:
        """Speech as windows (from, to); the last one only when its end is known."""
        found: list[tuple[int, int]] = []
        unfinished: list[tuple[int, int]] = []
        start, end = -1, 0
        for index, probability in enumerate(self.speech):
            if probability >= SPEECH or (start >= 0 and probability >= STILL_SPEECH):
                start, end = (index if start < 0 else start), index + 1
            elif start >= 0 and index - end >= PAUSE_WINDOWS:
                found.append((start, end))
                start = -1
        if start >= 0 and is_closed:
            found.append((start, end))
        elif start >= 0 and (len(self.speech) - start) * WINDOW / RATE > self.pace.span_s_max:
            unfinished = self._cut(start, len(self.speech))
            # Where there is no hurry its end goes along: it is cut where the sound known so far ends.
            unfinished = unfinished[:-1] if self.pace.is_prompt else unfinished
        parts = [part for span in found for part in self._cut(*span)]
        return _padded([*parts, *unfinished], len(self.speech))

    def _cut(self, start: int, end: int) -> list[tuple[int, int]]:
        most = int(self.pace.span_s_max * RATE / WINDOW)
        parts = []
        while end - start > most:
            later = self.pcm[(start + most // 2) * WINDOW : (start + most) * WINDOW].reshape(-1, WINDOW)
            cut = start + most // 2 + int(np.argmin(np.square(later).sum(axis=1))) + 1
            parts.append((start, cut))
            start = cut
        return [*parts, (start, end)]


def _is_loud(pcm: Pcm) -> npt.NDArray[np.bool_]:
    loud = np.sqrt(np.square(pcm.reshape(-1, WINDOW)).mean(axis=1)) >= GATE
    # Not "same": for sound shorter than the gate that gives the gate's length.
    return np.convolve(loud, np.ones(2 * GATE_WINDOWS + 1))[GATE_WINDOWS : GATE_WINDOWS + len(loud)] > 0


def _padded(spans: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for index, (start, end) in enumerate(spans):
        if end - start < SPAN_WINDOWS_MIN:
            continue
        before = out[-1][1] if out else 0
        after = spans[index + 1][0] if index + 1 < len(spans) else most
        out.append((max(before, start - PAD_WINDOWS), min(max(end, (end + after) // 2), end + PAD_WINDOWS)))
    return out


class Listener:
    """One leg's sound from audio rows up to speech that waits for words. Blocking; not for an event loop.

    `from_ms` is the leg's cursor: what is before it has its words stored already.
    """

    def __init__(self, detector: Detector, from_ms: int, pace: Pace) -> None:
        self.fed_seq = -1
        self.cursor_ms = from_ms
        self.gaps: list[Gap] = []
        self._pace = pace
        self._detector = detector
        self._clock = LegClock()
        self._decoder = _decoder()
        self._resampler = _resampler()
        self._blocks: list[_Block] = []
        self._run: list[npt.NDArray[np.int16]] = []  # decoded, not yet resampled
        self._run_to_ms = float(from_ms)
        self._bad_from_ms: float | None = None
        self._heard_to_ms = float(from_ms)

    def feed(self, rows: Iterable[Row], until_ms: float, is_final: bool) -> None:
        """Add rows in order of `seq`. `until_ms`: call time up to which all rows have come; `is_final`: all have."""
        for row in rows:
            self.fed_seq = row.seq
            self._heard_to_ms = max(self._heard_to_ms, row.to_ms)
            try:
                if row.packets is None:
                    raise BadPackets("broken seal")
                self._clock.feed(unpack(row.packets))
            except BadPackets:
                self.gaps.append(Gap(row.from_ms, max(row.to_ms, row.from_ms + 1), "unreadable"))
        for one in self._clock.take(until_ms, is_final or self._pace.is_prompt):
            if isinstance(one, Pause):
                self.gaps.append(Gap(one.from_ms, one.to_ms, "paused"))
            else:
                self._place(one.at_ms, one.payload)
        if is_final:
            self._close_bad(self._run_to_ms)
        self._resample()
        for index, block in enumerate(self._blocks):
            block.detect(self._detector, is_final or index < len(self._blocks) - 1)

    def _place(self, at_ms: float, payload: bytes) -> None:
        samples = _decoded(self._decoder, payload)
        if samples is None:
            if self._bad_from_ms is None:
                self._bad_from_ms = at_ms
            return
        self._close_bad(at_ms)
        length_ms = len(samples) * 1_000 / OPUS_RATE
        if at_ms + length_ms <= self.cursor_ms:
            return
        hole_ms = at_ms - self._run_to_ms
        if not self._blocks or hole_ms > SILENCE_MS_MAX or hole_ms < -JOIN_MS:
            self._resample()
            self._resampler = _resampler()
            self._blocks.append(_Block(at_ms, self._pace))
            self._run_to_ms = at_ms
        elif hole_ms > JOIN_MS:
            self._run.append(np.zeros(round(hole_ms * OPUS_RATE / 1_000), np.int16))
            self._run_to_ms = at_ms
        self._run.append(samples)
        self._run_to_ms += length_ms

    def _close_bad(self, at_ms: float) -> None:
        if self._bad_from_ms is not None and at_ms - self._bad_from_ms >= UNREADABLE_MS:
            self.gaps.append(Gap(round(self._bad_from_ms), round(at_ms), "unreadable"))
        self._bad_from_ms = None

    def _resample(self) -> None:
        if self._run:
            frame = av.AudioFrame.from_ndarray(np.concatenate(self._run)[None, :], format="s16", layout="mono")
            frame.sample_rate = OPUS_RATE
            parts = [out.to_ndarray()[0] for out in self._resampler.resample(frame)]
            self._blocks[-1].pcm = np.concatenate([self._blocks[-1].pcm, *parts])
            self._run = []

    def segment(self, is_final: bool) -> Segment | None:
        """The next words-to-be when there is enough speech, it has waited long, or nothing more will come; else None.

        The same one again until `drop`.
        """
        pieces: list[Piece] = []
        to_ms, speech_s = float(self.cursor_ms), 0.0
        is_enough = False
        for block, start, end in self._spans(is_final):
            length_s = (end - start) * WINDOW / RATE
            is_enough = speech_s + length_s + JOINT_S * len(pieces) > PACK_S_MAX
            if is_enough:
                break
            pieces.append(Piece(block.from_ms + start * WINDOW_MS, block.pcm[start * WINDOW : end * WINDOW]))
            to_ms, speech_s = block.from_ms + end * WINDOW_MS, speech_s + length_s
            is_enough = speech_s >= self._pace.pack_s
            if is_enough:
                break
        if not pieces:
            return None
        is_old = self._run_to_ms - pieces[0].from_ms > SPEECH_AGE_MS_MAX
        is_due = is_enough or is_old or is_final or self._pace.is_prompt
        return Segment(pieces, round(to_ms)) if is_due else None

    def _spans(self, is_final: bool) -> Iterator[tuple[_Block, int, int]]:
        for index, block in enumerate(self._blocks):
            for start, end in block.spans(is_final or index < len(self._blocks) - 1):
                yield block, start, end

    def quiet_to(self, is_final: bool) -> int | None:
        """Call time up to which there is nothing but silence, when that is worth storing; None otherwise.

        Ask only when `segment` has nothing.
        """
        if is_final:
            return round(max(self._heard_to_ms, self._run_to_ms)) + 1
        if not self._blocks or any(block.spans(True) for block in self._blocks):
            return None
        last = self._blocks[-1]
        judged_ms = last.from_ms + len(last.speech) * WINDOW_MS
        quiet_ms = judged_ms - 1_000
        return round(quiet_ms) if quiet_ms - self.cursor_ms >= QUIET_MS else None

    def drop(self, to_ms: int) -> None:
        """What is before `to_ms` has been stored: let it go."""
        self.cursor_ms = to_ms
        kept = []
        for block in self._blocks:
            windows = max(0, int((to_ms - block.from_ms) / WINDOW_MS))
            if windows * WINDOW < len(block.pcm) or block is self._blocks[-1]:
                block.pcm = block.pcm[windows * WINDOW :].copy()
                block.speech = block.speech[windows:].copy()
                block.from_ms += windows * WINDOW_MS
                kept.append(block)
        self._blocks = kept
        self.gaps = []


def _decoder() -> AudioCodecContext:
    # Named: "opus" is another decoder with another sample format.
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate = OPUS_RATE
    decoder.layout = "mono"
    return decoder


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="flt", layout="mono", rate=RATE)


def _decoded(decoder: AudioCodecContext, payload: bytes) -> npt.NDArray[np.int16] | None:
    if not payload:
        return None
    try:
        frames = decoder.decode(av.Packet(payload))
    except av.FFmpegError:
        return None
    parts = [np.asarray(frame.to_ndarray()[0], np.int16) for frame in frames]
    return np.concatenate(parts) if parts else None
