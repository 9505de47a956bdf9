"""The shared tier: what this worker fetched, for the others.

An entry is stored in chunks of points, so that a refresh writes the last chunk and not the whole day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from queries.metrics.cache import codec
from queries.metrics.cache.backends import Store
from queries.metrics.cache.extents import Freshness, Piece, assemble
from queries.metrics.cache.intervals import Grid, PointRange

CHUNK: Final = 256  # points; a panel of five lines is about 8 kB


class _Stored(msgspec.Struct, array_like=True):
    first: int
    last: int
    fetched: float
    as_of: float
    settled: bool
    frame: bytes


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[_Stored])


@dataclass(frozen=True)
class SharedTier:
    """Pieces in a store of bytes; `seconds` is how long an untouched chunk is kept."""

    store: Store
    seconds: int

    def load(self, key: str, gaps: Sequence[PointRange], freshness: Freshness) -> list[Piece]:
        """Good pieces that the store has within the gaps."""
        names = sorted({f"{key}:{chunk}" for gap in gaps for chunk in _chunks(gap)})
        pieces = [piece for data in self.store.get_many(names) if data for piece in _read(data)]
        good = [piece for piece in pieces if freshness.good(piece)]
        return [part for gap in gaps for piece in good if (part := piece.crop(gap)) is not None]

    def save(self, key: str, grid: Grid, pieces: Sequence[Piece], changed: Sequence[PointRange]) -> None:
        """Write the chunks that the changed spans lie in, from all pieces of the entry."""
        chunks = sorted({chunk for span in changed for chunk in _chunks(span)})
        self.store.set_many({f"{key}:{chunk}": _write(pieces, chunk, grid) for chunk in chunks}, self.seconds)


def _chunks(span: PointRange) -> range:
    return range(span.first // CHUNK, span.last // CHUNK + 1)


def _write(pieces: Sequence[Piece], chunk: int, grid: Grid) -> bytes:
    span = PointRange(chunk * CHUNK, (chunk + 1) * CHUNK - 1)
    parts = [part for piece in pieces if (part := piece.crop(span)) is not None]
    return _ENCODER.encode(
        [
            _Stored(
                part.span.first,
                part.span.last,
                part.fetched,
                part.as_of,
                part.settled,
                codec.encode(assemble((part,), part.span, grid)),
            )
            for part in parts
        ]
    )


def _read(data: bytes) -> list[Piece]:
    """The pieces of a chunk; none when another version, or somebody else, wrote it."""
    try:
        return [_piece(row) for row in _DECODER.decode(data)]
    except (msgspec.MsgspecError, codec.Unreadable):
        return []


def _piece(row: _Stored) -> Piece:
    frame = codec.decode(row.frame)
    span = PointRange(row.first, row.last)
    if span.points != frame.times.size:
        raise codec.Unreadable("span")
    return Piece(span, frame.labels, frame.values, row.fetched, row.as_of, row.settled, frame.notes)
