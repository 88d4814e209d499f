"""Writes GGUF version 3: metadata, F32 and Q8_0 tensors. Only what the export needs."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


def quantise_q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32 values: a half-precision scale (largest magnitude / 127) and 32 signed bytes."""
    blocks = values.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale != 0)
    scaled = blocks * inverse
    whole = np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)
    out = np.empty((blocks.shape[0], 34), np.uint8)
    out[:, :2] = scale.astype("<f2").view(np.uint8)
    out[:, 2:] = whole.astype(np.int8).view(np.uint8)
    return out.tobytes()


def dequantise_q8_0(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The values that ``quantise_q8_0`` kept."""
    raw = np.frombuffer(data, np.uint8).reshape(-1, 34)
    scale = raw[:, :2].copy().view("<f2").astype(np.float32)
    return (raw[:, 2:].copy().view(np.int8).astype(np.float32) * scale).reshape(shape)


def _text(value: str) -> bytes:
    raw = value.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def _value(value: Any) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return _BOOL, struct.pack("<?", value)
    if isinstance(value, int):
        return _UINT32, struct.pack("<I", value)
    if isinstance(value, float):
        return _FLOAT32, struct.pack("<f", value)
    if isinstance(value, str):
        return _STRING, _text(value)
    if isinstance(value, list) and value:
        if isinstance(value[0], float):
            return _ARRAY, struct.pack("<IQ", _FLOAT32, len(value)) + np.asarray(value, "<f4").tobytes()
        if isinstance(value[0], int):
            return _ARRAY, struct.pack("<IQ", _INT32, len(value)) + np.asarray(value, "<i4").tobytes()
        return _ARRAY, struct.pack("<IQ", _STRING, len(value)) + b"".join(map(_text, value))
    raise TypeError(f"no GGUF type for {value!r}")


def write(path: Path, metadata: dict[str, Any], tensors: dict[str, np.ndarray], quantise: bool) -> None:
    """Writes the file; with ``quantise`` matrices become Q8_0, vectors stay F32."""
    encoded: list[tuple[str, tuple[int, ...], int, bytes]] = []
    for name, array in tensors.items():
        if quantise and array.ndim == 2:
            encoded.append((name, array.shape, Q8_0, quantise_q8_0(array)))
        else:
            encoded.append((name, array.shape, F32, array.astype("<f4").tobytes()))
    partial = path.with_suffix(".partial")
    with partial.open("wb") as out:
        _header(out, metadata, encoded)
        for _, _, _, data in encoded:
            out.write(data)
            out.write(b"\0" * (-len(data) % ALIGNMENT))
    partial.rename(path)


def _header(out: BinaryIO, metadata: dict[str, Any], encoded: list[tuple[str, tuple[int, ...], int, bytes]]) -> None:
    out.write(b"GGUF" + struct.pack("<IQQ", 3, len(encoded), len(metadata)))
    for key, value in metadata.items():
        kind, raw = _value(value)
        out.write(_text(key) + struct.pack("<I", kind) + raw)
    offset = 0
    for name, shape, kind, data in encoded:
        sizes = tuple(reversed(shape))
        out.write(_text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset))
        offset += len(data) + (-len(data) % ALIGNMENT)
    out.write(b"\0" * (-out.tell() % ALIGNMENT))
