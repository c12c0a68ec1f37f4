"""Speech with known words for fake microphones, and how well it was understood.

Owns two voices that nobody mixes up and the texts they read. Files are rendered by espeak-ng into a directory of the
caller's (never committed). The rule that is easy to break: Chromium loops the file and starts it when the microphone
opens, long before the call is live, so a transcript begins anywhere in the text: compare with `word_error_rate`,
which looks for the stretch of the repeated text that was heard.
"""

import re
import shutil
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import jiwer
import numpy as np

RATE = 48_000
CLIENT_TEXT = (
    "My sister moved to another city in the spring. Since then the evenings feel very long. "
    "I have stopped going to the garden, and I sleep badly. I would like to talk about it with somebody."
)
THERAPIST_TEXT = (
    "Thank you for telling me that. What did you enjoy in the garden before the summer? "
    "We can look at one small thing for the next week. Perhaps a walk in the morning with a friend."
)


@dataclass(frozen=True)
class Voice:
    """One speaker: what they read and how they sound."""

    name: str
    text: str
    voice: str
    pitch: int
    words_per_minute: int


CLIENT = Voice("client", CLIENT_TEXT, "en-us+f2", 50, 145)
THERAPIST = Voice("therapist", THERAPIST_TEXT, "en-gb", 25, 140)


def is_available() -> bool:
    return shutil.which("espeak-ng") is not None


def render(voice: Voice, directory: Path, *, silence_s: float = 1.5) -> Path:
    """A 48 kHz mono WAV of `voice` reading its text once, followed by silence. Rendered once per directory."""
    path = directory / f"{voice.name}.wav"
    if not path.exists():
        write_wav(path, np.concatenate([speak(voice), np.zeros(int(silence_s * RATE), np.int16)]))
    return path


def speak(voice: Voice) -> np.ndarray:
    """The voice's text as 48 kHz mono 16-bit samples."""
    command = ["espeak-ng", "-v", voice.voice, "-p", str(voice.pitch), "-s", str(voice.words_per_minute), "--stdout"]
    spoken = subprocess.run([*command, voice.text], check=True, capture_output=True).stdout
    # espeak-ng streams a WAV whose header gives no true length; its fixed 44 bytes are skipped.
    frame = av.AudioFrame.from_ndarray(np.frombuffer(spoken[44:], "<i2").reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = 22_050
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    parts = [part.to_ndarray().reshape(-1) for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts)


def at_16_khz(samples: np.ndarray) -> np.ndarray:
    """48 kHz samples as speech engines are given them: 16 kHz, from -1 to 1."""
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    return np.concatenate([part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))])


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def length_s(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def word_error_rate(heard: str, text: str) -> float:
    """Errors per word of the stretch of `text`, read over and over, that `heard` fits best."""
    said = words(heard)
    if not said:
        return 1.0
    once = words(text)
    endless = once * (len(said) // len(once) + 2)
    start, end = _best_stretch(said, endless)
    return float(jiwer.wer(" ".join(endless[start:end]) or " ".join(once), " ".join(said)))


def share_known(heard: str, text: str) -> float:
    """Which part of the words heard stand in the text at all: tells two speakers apart."""
    said = words(heard)
    return sum(word in set(words(text)) for word in said) / len(said) if said else 0.0


def _best_stretch(said: list[str], endless: list[str]) -> tuple[int, int]:
    """Edit distance of `said` to every stretch of `endless` at once: beginning and ending anywhere is free."""
    costs = [(0, start) for start in range(len(endless) + 1)]
    for row, word in enumerate(said, 1):
        above, costs = costs, [(row, 0)]
        for column, expected in enumerate(endless, 1):
            costs.append(
                min(
                    (above[column - 1][0] + (word != expected), above[column - 1][1]),
                    (above[column][0] + 1, above[column][1]),
                    (costs[column - 1][0] + 1, costs[column - 1][1]),
                )
            )
    end = min(range(len(costs)), key=lambda column: costs[column][0])
    return costs[end][1], end
