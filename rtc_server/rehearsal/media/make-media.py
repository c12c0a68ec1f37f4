"""Make what the scripted client says and shows: spoken lines as Ogg Opus, three pictures as VP8 key frames in IVF.

Run by hand when a line changes, with `flite` installed (its voice `slt` is free to pass on); the files are committed.
They are sent packet by packet as they stand here, so a rehearsal encodes nothing.
"""

import subprocess
import tempfile
import wave
from pathlib import Path

import av
import numpy as np

HERE = Path(__file__).resolve().parent
RATE = 48_000
PACKET = RATE // 50
WIDTH, HEIGHT = 640, 480

LINES = {
    "01-hello": "Hello. Can you hear me? I can hear you well.",
    "02-recorded": "You should know that I am only a recorded voice. This is a test session, so nothing can go wrong.",
    "03-sleep": "It has been a long week. I do not sleep well, and at night my thoughts go round in circles.",
    "04-chat": "I have just sent you a message in the chat. Can you see it?",
    "05-work": "Mostly it is about work. There is a new manager, and I feel that I cannot keep up.",
    "06-running": "I used to go running in the evening. Then I stopped, and I am not sure why.",
    "07-help": "I think that would help. Perhaps twice a week, to begin with.",
    "08-aloud": "Thank you. It is good to say it out loud.",
    "09-over": "I have to go now. Thank you for the test session. You can end it whenever you like.",
}


def spoken(text: str) -> np.ndarray:
    """48 kHz mono 16-bit samples, a multiple of one packet long."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["flite", "-voice", "slt", "--setf", "duration_stretch=1.08", "-t", text, "-o", file.name]
        subprocess.run(command, check=True)
        with wave.open(file.name) as read:
            rate, samples = read.getframerate(), np.frombuffer(read.readframes(read.getnframes()), "<i2")
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    parts = [part.to_ndarray().reshape(-1) for part in (*resampler.resample(frame), *resampler.resample(None))]
    whole = np.concatenate(parts)
    return np.concatenate([whole, np.zeros(-len(whole) % PACKET, np.int16)])


def write_opus(path: Path, samples: np.ndarray) -> None:
    with av.open(str(path), "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=RATE, options={"application": "voip", "frame_duration": "20"})
        stream.bit_rate = 24_000
        stream.layout = "mono"
        for start in range(0, len(samples), PACKET):
            frame = av.AudioFrame.from_ndarray(samples[start : start + PACKET].reshape(1, -1), "s16", "mono")
            frame.sample_rate, frame.pts = RATE, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def picture(glow: float) -> np.ndarray:
    """A calm figure before a wall, plainly a drawing; a ring of light round it while it speaks."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wall = np.stack([60 - y / 24, 84 - y / 20, 96 - y / 24], axis=-1) + (x / 40)[..., None]

    def blend(image: np.ndarray, mask: np.ndarray, colour: tuple[int, int, int], strength: float = 1.0) -> np.ndarray:
        soft = np.clip(mask, 0, 1)[..., None] * strength
        blended: np.ndarray = image * (1 - soft) + np.array(colour, np.float32) * soft
        return blended

    head = np.hypot((x - 320) / 0.86, y - 190)
    shoulders = np.hypot((x - 320) / 1.12, (y - 470) / 1.0)
    image = blend(wall, (6 - np.abs(head - 118)) / 3, (150, 205, 190), glow)
    image = blend(image, (178 - shoulders) / 2, (86, 122, 132))
    image = blend(image, (92 - head) / 2, (206, 184, 164))
    drawn: np.ndarray = np.clip(image, 0, 255).astype(np.uint8)
    return drawn


def write_pictures(path: Path) -> None:
    with av.open(str(path), "w", format="ivf") as file:
        stream = file.add_stream("libvpx", rate=2, options={"g": "1", "quality": "good", "cpu-used": "0"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", 80_000
        for number, glow in enumerate((0.0, 0.35, 0.8)):
            frame = av.VideoFrame.from_ndarray(picture(glow), format="rgb24")
            frame.pts = number
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def main() -> None:
    for name, text in LINES.items():
        write_opus(HERE / f"{name}.opus", spoken(text))
    write_pictures(HERE / "still.ivf")


if __name__ == "__main__":
    main()
