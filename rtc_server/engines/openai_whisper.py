"""Whisper as its authors published it (PyTorch), on a GPU when there is one: the extra `openai-whisper`.

Finds the model and never downloads one unless it was named. On a CPU it takes about three times as long as the default
engine and needs neither triton nor CUDA.
"""

import os
import pickle
from pathlib import Path

import torch
import whisper

from rtc_server.speech.listening import Pcm
from rtc_server.transcribe import EngineWord, NoModel, Phrase

CACHED_NAMES = ("turbo", "small", "small.en", "base", "base.en", "tiny", "tiny.en")


def _cache() -> Path:
    # Where whisper.load_model looks (whisper/__init__.py).
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"


def find_model(name: str) -> str:
    """A checkpoint (.pt) or the name of one; `auto`: the best that is cached. Raises NoModel."""
    if name != "auto":
        return name
    for cached in CACHED_NAMES:
        if (_cache() / f"{cached}.pt").exists():
            return cached
    raise NoModel(
        "no Whisper model is cached for openai-whisper: set WHISPER_MODEL to a checkpoint (.pt) or to a name such as "
        "base (downloaded once). Transcripts wait until then."
    )


class OpenaiWhisper:
    """Loads the model at once. Raises NoModel."""

    def __init__(self, model: str) -> None:
        torch.set_num_threads(1)
        found = find_model(model)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._model = whisper.load_model(found, device=self._device)
        except (OSError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            raise NoModel(f"the Whisper model {model!r} cannot be loaded ({type(error).__name__})") from error
        self.name = f"openai-whisper:{Path(found).stem}"

    def understands(self, language: str) -> bool:
        return language in whisper.tokenizer.LANGUAGES if self._model.is_multilingual else language == "en"

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        heard = whisper.transcribe(
            self._model,
            pcm,
            language=language,
            temperature=(0.0, 0.4),  # the second only when the first loops or is unsure throughout
            condition_on_previous_text=False,
            word_timestamps=True,
            fp16=self._device == "cuda",
        )
        return [
            Phrase(
                [
                    EngineWord(word["word"], float(word["start"]), float(word["end"]), float(word["probability"]))
                    for word in segment["words"]
                ],
                segment["no_speech_prob"],
                segment["avg_logprob"],
                segment["compression_ratio"],
            )
            for segment in heard["segments"]
        ]
