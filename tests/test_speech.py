"""The ruler itself: what the transcripts are measured with."""

from pathlib import Path

import pytest

from tests import speech


def test_a_stretch_heard_without_mistakes_has_no_errors_wherever_it_begins() -> None:
    words = speech.words(speech.CLIENT_TEXT)
    heard = " ".join(words[20:] + words + words[:7])
    assert speech.word_error_rate(heard, speech.CLIENT_TEXT) == 0.0


def test_one_wrong_word_in_ten_is_a_tenth() -> None:
    words = speech.words(speech.CLIENT_TEXT)[:10]
    assert speech.word_error_rate(" ".join([*words[:4], "zebra", *words[5:]]), speech.CLIENT_TEXT) == pytest.approx(0.1)


def test_the_two_texts_are_told_apart() -> None:
    assert speech.share_known(speech.CLIENT_TEXT, speech.CLIENT_TEXT) == 1.0
    assert speech.share_known(speech.CLIENT_TEXT, speech.THERAPIST_TEXT) < 0.5
    assert speech.share_known(speech.THERAPIST_TEXT, speech.CLIENT_TEXT) < 0.5


@pytest.mark.skipif(not speech.is_available(), reason="espeak-ng is not installed: no speech for the microphones")
def test_both_voices_are_rendered_as_48_khz_mono(tmp_path: Path) -> None:
    for voice in (speech.CLIENT, speech.THERAPIST):
        assert 8 < speech.length_s(speech.render(voice, tmp_path)) < 20
