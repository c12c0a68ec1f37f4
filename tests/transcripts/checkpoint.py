"""The packaged Whisper weights (CTranslate2's file) as a checkpoint of openai-whisper, so that both engines can be
given the very same ones.

CTranslate2 keeps query, key and value of an attention in one matrix; Whisper's keys have no bias there.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}  # ctranslate2/specs/model_spec.py
HEAD = 64  # every Whisper has heads of this width
NORM = {"weight": "gamma", "bias": "beta"}


def variables(model: Path) -> dict[str, np.ndarray]:
    """What stands in CTranslate2's `model.bin`, by name."""
    with model.open("rb") as file:
        (_,) = _read(file, "I")
        _text(file)
        _, count = _read(file, "II")
        found = {}
        for _ in range(count):
            name = _text(file)
            (rank,) = _read(file, "B")
            shape = _read(file, f"{rank}I")
            dtype, size = _read(file, "=BI")
            found[name] = np.frombuffer(file.read(size), DTYPES[dtype]).reshape(shape).astype(np.float32)
        return found


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _text(file: BinaryIO) -> str:
    (length,) = _read(file, "H")
    return file.read(length)[:-1].decode()


def checkpoint(model: Path) -> dict[str, dict[str, object]]:
    """`dims` and `model_state_dict` (as arrays) of an openai-whisper checkpoint."""
    known = variables(model)
    state: dict[str, np.ndarray] = {}
    width = known["decoder/embeddings/weight"].shape[1]
    for name in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            state[f"encoder.{name}.{part}"] = known[f"encoder/{name}/{part}"]
    state["encoder.positional_embedding"] = known["encoder/position_encodings/encodings"]
    state["decoder.positional_embedding"] = known["decoder/position_encodings/encodings"]
    state["decoder.token_embedding.weight"] = known["decoder/embeddings/weight"]
    for part, beta in NORM.items():
        state[f"encoder.ln_post.{part}"] = known[f"encoder/layer_norm/{beta}"]
        state[f"decoder.ln.{part}"] = known[f"decoder/layer_norm/{beta}"]
    layers = {}
    for side in ("encoder", "decoder"):
        layers[side] = len({name.split("/")[1] for name in known if name.startswith(f"{side}/layer_")} - {"layer_norm"})
        for layer in range(layers[side]):
            _layer(known, state, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", width)
    dims = {
        "n_mels": known["encoder/conv1/weight"].shape[1],
        "n_audio_ctx": known["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": width,
        "n_audio_head": width // HEAD,
        "n_audio_layer": layers["encoder"],
        "n_vocab": known["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": known["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": width,
        "n_text_head": width // HEAD,
        "n_text_layer": layers["decoder"],
    }
    return {"dims": dims, "model_state_dict": dict(state)}


def _layer(known: dict[str, np.ndarray], state: dict[str, np.ndarray], ours: str, theirs: str, width: int) -> None:
    attentions = {"self_attention": ("attn", ("query", "key", "value"), ())}
    if f"{ours}/attention/linear_0/weight" in known:
        attentions["attention"] = ("cross_attn", ("query",), ("key", "value"))
    for name, (attention, first, second) in attentions.items():
        for index, fused in enumerate(matrices for matrices in (first, second, ("out",)) if matrices):
            for part in ("weight", "bias"):
                whole = known[f"{ours}/{name}/linear_{index}/{part}"]
                for place, matrix in enumerate(fused):
                    if (matrix, part) != ("key", "bias"):
                        state[f"{theirs}.{attention}.{matrix}.{part}"] = whole[place * width : (place + 1) * width]
        for part, beta in NORM.items():
            state[f"{theirs}.{attention}_ln.{part}"] = known[f"{ours}/{name}/layer_norm/{beta}"]
    for part, beta in NORM.items():
        state[f"{theirs}.mlp_ln.{part}"] = known[f"{ours}/ffn/layer_norm/{beta}"]
        for index, place in ((0, 0), (1, 2)):
            state[f"{theirs}.mlp.{place}.{part}"] = known[f"{ours}/ffn/linear_{index}/{part}"]
