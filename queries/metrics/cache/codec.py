"""Frames as bytes for the shared tier: msgpack round zlib-compressed columns; reading them runs no code.

The bytes of the numbers are transposed before compression, so that exponents stand beside exponents: neighbouring
samples share most of them.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec
import numpy as np

from queries.metrics.frame import Floats, Frame

VERSION: Final = 2
_ITEM: Final = 8  # bytes of a float64


class _Columns(msgspec.Struct, array_like=True):
    version: int
    start: int
    step: int
    points: int
    labels: list[dict[str, str]]
    notes: list[str]
    values: bytes


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Columns)


class Unreadable(ValueError):
    """The bytes are none that this version wrote."""


def encode(frame: Frame) -> bytes:
    """A frame on a regular time axis as bytes."""
    points = int(frame.times.size)
    start = int(frame.times[0]) if points else 0
    step = int(frame.times[1] - frame.times[0]) if points > 1 else 1
    return _ENCODER.encode(
        _Columns(
            VERSION, start, step, points, [dict(row) for row in frame.labels], list(frame.notes), _pack(frame.values)
        )
    )


def decode(data: bytes) -> Frame:
    """The frame that `encode` was given. Raises Unreadable for anything else."""
    try:
        columns = _DECODER.decode(data)
        if columns.version != VERSION:
            raise Unreadable(f"version {columns.version}")
        values = _unpack(columns.values, len(columns.labels), columns.points)
    except (msgspec.MsgspecError, zlib.error, ValueError) as error:
        raise Unreadable(str(error)) from None
    times = columns.start + columns.step * np.arange(columns.points, dtype=np.int64)
    return Frame(times, tuple(columns.labels), values, tuple(columns.notes))


def _pack(values: Floats) -> bytes:
    flat = np.ascontiguousarray(values, dtype=np.float64).view(np.uint8).reshape(-1, _ITEM)
    return zlib.compress(flat.T.tobytes(), 1)


def _unpack(data: bytes, series: int, points: int) -> Floats:
    size = series * points * _ITEM
    stream = zlib.decompressobj()
    raw = stream.decompress(data, size + 1)  # never more than it should be, whatever the shared store holds
    if len(raw) != size:
        raise Unreadable("length")
    planes = np.frombuffer(raw, np.uint8).reshape(_ITEM, -1)
    return np.ascontiguousarray(planes.T).view(np.float64).reshape(series, points)
