"""Pieces of answers: what one fetch brought, cut and joined on a grid.

A piece is *settled* when its samples lay behind the freshness tolerance at the time of the fetch, by our clock and
by the backend's: such samples are kept for hours. The newer ones are unsettled, and good for one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from queries.metrics.cache.intervals import Grid, PointRange, intersect, subtract
from queries.metrics.frame import ABSENT, Floats, Frame, Labels, present

Key = tuple[tuple[str, str], ...]
Judge = Callable[["Piece"], bool]

# Older unsettled pieces are of no use but to show something when the backend is gone.
_UNSETTLED_KEPT: Final = 8
_LABELS_BYTES: Final = 400  # a label set as Python objects, about


@dataclass(frozen=True, eq=False)
class Piece:
    """Samples of one span: `values` (len(labels), span.points), series sorted by labels, ABSENT where there are none.

    `fetched` is when it was requested, by our clock; it decides how long the piece is good for. `as_of` is the same
    moment by the backend's clock; it tells whether the backend was restarted since.
    """

    span: PointRange
    labels: tuple[Labels, ...]
    values: Floats
    fetched: float
    as_of: float
    settled: bool
    notes: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The series' identities, sorted."""
        return tuple(label_key(labels) for labels in self.labels)

    @property
    def nbytes(self) -> int:
        """Its size in memory, about."""
        return self.values.nbytes + _LABELS_BYTES * len(self.labels)

    def crop(self, span: PointRange) -> Piece | None:
        """The part within a span; series without a sample there are left out. None when nothing is left."""
        common = intersect(self.span, span)
        if common is None or common == self.span:
            return self if common else None
        values = self.values[:, common.first - self.span.first : common.last - self.span.first + 1]
        if 2 * common.points < self.span.points:
            values = values.copy()  # a small view would keep the large array alive
        return _pruned(replace(self, span=common, values=values))


@dataclass(frozen=True)
class Freshness:
    """Which pieces are good at `now`: settled ones for `life`, others for `fresh_for`.

    None are from before `floor`, the start of the backend's process by its own clock.
    """

    now: float
    fresh_for: float
    life: float
    floor: float = 0.0
    skew: float = 5.0  # a fetch "in the future" means that the clock went back: such a piece proves nothing

    def good(self, piece: Piece) -> bool:
        """Whether the piece may be shown as what the backend would answer now."""
        age = self.now - piece.fetched
        return -self.skew <= age < (self.life if piece.settled else self.fresh_for) and piece.as_of >= self.floor


def label_key(labels: Labels) -> Key:
    """The identity of a series; sorts as Prometheus sorts an answer."""
    return tuple(sorted(labels.items()))


def pieces_of(frame: Frame, grid: Grid, fetched: float, as_of: float, settled_until: int) -> tuple[Piece, ...]:
    """A fetched frame as a settled piece up to point `settled_until`, and an unsettled one after it."""
    span = grid.span(frame.times[0], frame.times[-1])
    whole = Piece(span, frame.labels, frame.values, fetched, as_of, False, frame.notes)
    parts = []
    halves = PointRange(span.first, settled_until), PointRange(settled_until + 1, span.last)
    for part, settled in zip(halves, (True, False), strict=True):
        cropped = whole.crop(part) if part.first <= part.last else None
        if cropped is not None:
            parts.append(replace(cropped, settled=settled))
    return tuple(parts)


def absorb(held: Sequence[Piece], new: Sequence[Piece], good: Judge = lambda _piece: True) -> tuple[Piece, ...]:
    """Old and new pieces, the new ones winning where both have something; good neighbours that settled are joined.

    A piece that is no longer good stays by itself: joined, it would make its neighbours as old as it is.
    """
    pieces = sorted(overlay(held, new), key=lambda piece: piece.span)
    settled = _joined([piece for piece in pieces if piece.settled], good)
    unsettled = [piece for piece in pieces if not piece.settled]
    return (*settled, *unsettled[-_UNSETTLED_KEPT:])


def overlay(held: Iterable[Piece], new: Sequence[Piece]) -> list[Piece]:
    """Old and new pieces without overlap, the new ones winning; nothing is left out and nothing is joined."""
    parts = list(held)
    for piece in new:
        parts = [part for old in parts for part in _without(old, piece.span)]
    return [*parts, *new]


def assemble(pieces: Iterable[Piece], span: PointRange, grid: Grid) -> Frame:
    """The samples that the pieces have within the span, as a frame; points that no piece covers are ABSENT.

    The values may be the cache's own and cannot be written to.
    """
    parts = [part for piece in pieces if (part := piece.crop(span)) is not None]
    times = grid.instant(span.first) + grid.step * np.arange(span.points, dtype=np.int64)
    merged = _stack(parts, span)
    merged.values.flags.writeable = False
    return Frame(times, merged.labels, merged.values, merged.notes)


def nbytes(pieces: Iterable[Piece]) -> int:
    """The size of pieces in memory, about."""
    return sum(piece.nbytes for piece in pieces)


def _without(old: Piece, span: PointRange) -> list[Piece]:
    return [part for left in subtract(old.span, span) if (part := old.crop(left)) is not None]


def _joined(pieces: Sequence[Piece], good: Judge) -> list[Piece]:
    """Settled neighbours as one piece, as old as the oldest of them."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][-1].span.last + 1 == piece.span.first and good(piece) and good(runs[-1][-1]):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return [_stack(run, PointRange(run[0].span.first, run[-1].span.last)) if len(run) > 1 else run[0] for run in runs]


def _stack(parts: Sequence[Piece], span: PointRange) -> Piece:
    """Disjoint parts of a span side by side: one row for each series that any of them has."""
    if len(parts) == 1 and parts[0].span == span:
        return _pruned(parts[0])
    rows = sorted({key: labels for part in parts for key, labels in zip(part.keys, part.labels, strict=True)}.items())
    place = {key: row for row, (key, _) in enumerate(rows)}
    values = np.full((len(rows), span.points), ABSENT)
    for part in parts:
        first = part.span.first - span.first
        values[[place[key] for key in part.keys], first : first + part.span.points] = part.values
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return Piece(
        span,
        tuple(labels for _, labels in rows),
        values,
        fetched=min((part.fetched for part in parts), default=0.0),
        as_of=min((part.as_of for part in parts), default=0.0),
        settled=all(part.settled for part in parts),
        notes=notes,
    )


def _pruned(piece: Piece) -> Piece:
    """Without the series that have no sample in it."""
    keep: npt.NDArray[np.bool_] = np.asarray(present(piece.values).any(axis=1))
    if keep.all():
        return piece
    labels = tuple(labels for labels, has_samples in zip(piece.labels, keep, strict=True) if has_samples)
    return replace(piece, labels=labels, values=piece.values[keep])
