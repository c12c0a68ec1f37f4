"""Speech detection with Silero VAD as faster-whisper bundles it: no download, one thread."""

import numpy as np
from faster_whisper.vad import get_vad_model

from rtc_server.speech.listening import WINDOW, Pcm


class Silero:
    def __init__(self) -> None:
        self._model = get_vad_model()

    def probabilities(self, pcm: Pcm) -> Pcm:
        return np.asarray(self._model(pcm, num_samples=WINDOW), np.float32).reshape(-1)
