"""What is kept of an engine's words, and where in the call they stand."""

import numpy as np

from rtc_server.speech.leg_packets import Word
from rtc_server.speech.listening import JOINT_S, RATE, Piece, Segment
from rtc_server.transcribe import EngineWord, Phrase, is_loop, packed, utterances, words_of


def phrase(
    text: str, *, from_s: float = 0.0, no_speech: float = 0.0, compression: float = 1.0, pace_s: float = 0.3
) -> Phrase:
    words = [
        EngineWord(f" {word}", from_s + index * pace_s, from_s + (index + 0.8) * pace_s, 0.9)
        for index, word in enumerate(text.split())
    ]
    return Phrase(words, no_speech, -0.3 if no_speech < 0.5 else -1.5, compression)


def segment(*pieces: tuple[float, float]) -> Segment:
    return Segment([Piece(at_ms, np.ones(int(length_s * RATE), np.float32)) for at_ms, length_s in pieces], 99_000)


def test_pieces_are_joined_by_silence() -> None:
    pcm = packed(segment((0, 1.0), (9_000, 2.0)))
    assert len(pcm) == int((3.0 + 2 * JOINT_S) * RATE)
    assert not pcm[RATE : RATE + int(JOINT_S * RATE)].any()


def test_words_return_to_the_piece_they_were_spoken_in() -> None:
    two = segment((5_000, 1.0), (60_000, 2.0))
    words = words_of(two, [phrase("one two"), phrase("three", from_s=1.0 + JOINT_S + 0.5)])
    assert [(word.text, word.from_ms) for word in words] == [("one", 5_000), ("two", 5_300), ("three", 60_500)]


def test_a_word_across_the_joint_is_held_inside_its_piece() -> None:
    (word,) = words_of(segment((0, 1.0), (30_000, 1.0)), [Phrase([EngineWord("long", 0.7, 1.5, 0.9)], 0, 0, 1)])
    assert (word.from_ms, word.to_ms) == (700, 1_000)


def test_invented_sentences_and_loops_are_dropped() -> None:
    one = segment((0, 20.0))
    assert not words_of(one, [phrase("thank you for watching", no_speech=0.9)])
    assert not words_of(one, [phrase("so so so so so so so so", pace_s=0.1)])
    assert not words_of(one, [phrase("i know i know i know i know i know i know", pace_s=0.05)])
    assert not words_of(one, [phrase("anything at all", compression=3.0, pace_s=0.05)])
    assert len(words_of(one, [phrase("again"), phrase("again"), phrase("again"), phrase("again")])) == 2


def test_people_may_repeat_themselves() -> None:
    assert not is_loop(phrase("no no no it is fine it is fine"))
    sentence = "I can not do this any more"
    one = segment((0, 30.0))
    said = [phrase(sentence, from_s=each * 4.0, compression=3.0) for each in range(6)]
    assert len(words_of(one, said)) == 6 * len(sentence.split())
    assert len(words_of(one, [phrase(" ".join([sentence] * 6), compression=3.0)])) == 6 * len(sentence.split())


def test_a_pause_begins_a_new_utterance() -> None:
    words = [Word("a", 0, 200, 1), Word("b", 900, 1_100, 1), Word("c", 2_000, 2_200, 1)]
    assert [[word.text for word in turn] for turn in utterances(words)] == [["a", "b"], ["c"]]
