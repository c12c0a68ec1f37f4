"""HEART: speech becomes words: what an engine is asked, which of its words are kept, and when they were spoken.

Knows the engine only by protocol, and neither storage nor seals. The rule that is easy to break: pieces of speech are
packed together for the engine, so every word is mapped back to call time through the piece it was spoken in.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from rtc_server.speech.leg_packets import Word
from rtc_server.speech.listening import JOINT_S, RATE, Pcm, Segment

TURN_MS = 800  # a longer pause between two words starts a new utterance
LOOP_COMPRESSION = 2.4  # text that compresses better is a loop (Whisper's own threshold)
WORDS_A_SECOND_MAX = 5.0  # a fast speaker says about four
FLEETING_S = 0.06
ECHO_WORDS = 3  # a phrase this short, heard for the third time in a row, is the machine's echo
LOOP_WORDS = 5  # the same word or pair of words more often in a row is a loop


class EngineWord(NamedTuple):
    text: str
    from_s: float
    to_s: float
    probability: float


class Phrase(NamedTuple):
    words: list[EngineWord]
    no_speech: float
    mean_log_probability: float
    compression: float


class NoModel(Exception):
    """No speech model can be used; the message tells the operator what to do."""


class Engine(Protocol):
    @property
    def name(self) -> str: ...

    def understands(self, language: str) -> bool:
        """Whether it knows this language (ISO 639-1); in any other it would write down words that nobody said."""

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        """The words of up to 30 s of 16 kHz mono sound. Blocks for seconds: never call it on an event loop."""


def packed(segment: Segment) -> Pcm:
    """The pieces one after another with a short silence at each joint, as an engine hears them."""
    joint = np.zeros(int(JOINT_S * RATE), np.float32)
    parts: list[Pcm] = []
    for piece in segment.pieces:
        parts += [piece.pcm, joint]
    return np.concatenate(parts)


def words_of(segment: Segment, phrases: Sequence[Phrase]) -> list[Word]:
    """The engine's words in call time, without what it invents over silence and without its loops."""
    words: list[Word] = []
    last_text = ""
    repeats = 0
    for phrase in phrases:
        text = _plain(" ".join(word.text for word in phrase.words))
        repeats = repeats + 1 if text == last_text else 0
        last_text = text
        is_invented = phrase.no_speech > 0.6 and phrase.mean_log_probability < -1.0
        is_echo = repeats >= 2 and (len(phrase.words) <= ECHO_WORDS or is_hurried(phrase))
        if text and not is_invented and not is_echo and not is_loop(phrase):
            words += [_in_call_time(segment, word) for word in phrase.words if _plain(word.text)]
    return words


def is_loop(phrase: Phrase) -> bool:
    """Whether this is one word, or a few, over and over: Whisper's way of having lost the thread.

    People in distress say the same sentence again and again too, and their words must stand: what sets a loop apart
    is that no mouth could have said it in the time.
    """
    return is_hurried(phrase) and (phrase.compression > LOOP_COMPRESSION or _goes_round(phrase))


def is_hurried(phrase: Phrase) -> bool:
    """More words than anybody says in that time, or words without length."""
    if not phrase.words:
        return False
    span_s = max(phrase.words[-1].to_s - phrase.words[0].from_s, 0.1)
    fleeting = sum(word.to_s - word.from_s < FLEETING_S for word in phrase.words)
    return len(phrase.words) / span_s > WORDS_A_SECOND_MAX or fleeting * 3 > len(phrase.words)


def _goes_round(phrase: Phrase) -> bool:
    words = [_plain(word.text) for word in phrase.words]
    for size in (1, 2, 3, 4):
        run = 1
        for index in range(size, len(words) - size + 1, size):
            is_same = words[index : index + size] == words[index - size : index]
            run = run + 1 if is_same else 1
            if run >= LOOP_WORDS:
                return True
    return False


def _plain(text: str) -> str:
    return re.sub(r"[^\w' ]", "", text).strip().lower()


def _in_call_time(segment: Segment, word: EngineWord) -> Word:
    middle_s = (word.from_s + word.to_s) / 2
    start_s = 0.0
    for piece in segment.pieces:
        length_s = len(piece.pcm) / RATE
        if middle_s < start_s + length_s + JOINT_S / 2 or piece is segment.pieces[-1]:
            break
        start_s += length_s + JOINT_S
    from_s = min(max(word.from_s - start_s, 0.0), length_s)
    to_s = min(max(word.to_s - start_s, from_s), length_s)
    at = piece.from_ms
    return Word(word.text.strip(), round(at + from_s * 1_000), round(at + to_s * 1_000), round(word.probability, 3))


def utterances(words: Sequence[Word]) -> list[list[Word]]:
    """Words as turns: a new one after each pause longer than TURN_MS."""
    turns: list[list[Word]] = []
    for word in words:
        if turns and word.from_ms - turns[-1][-1].to_ms <= TURN_MS:
            turns[-1].append(word)
        else:
            turns.append([word])
    return turns
