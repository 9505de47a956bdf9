"""Extent arithmetic on a grid: pure functions over spans of whole points.

A grid is a step and a phase; point number n lies at `phase + n * step` seconds. A span is a run of points with
both ends included, so two spans touch when one begins right after the other's last point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class PointRange(NamedTuple):
    """Points `first` to `last`, both included; never empty."""

    first: int
    last: int

    @property
    def points(self) -> int:
        """How many points it holds."""
        return self.last - self.first + 1


class Grid(NamedTuple):
    """Where the points lie, in epoch seconds; 0 <= phase < step."""

    step: int
    phase: int

    @staticmethod
    def through(instant: int, step: int) -> Grid:
        """The grid of that step on which the instant lies."""
        return Grid(step, instant % step)

    def span(self, start: float, end: float) -> PointRange:
        """The span between two instants on this grid, each moved down to a point."""
        return PointRange(self.point(start), self.point(end))

    def point(self, instant: float) -> int:
        """The number of the newest point at or before the instant."""
        return int((instant - self.phase) // self.step)

    def instant(self, point: int) -> int:
        """When a point is, in epoch seconds."""
        return self.phase + point * self.step


def intersect(span: PointRange, other: PointRange) -> PointRange | None:
    """What both hold; None when nothing."""
    first, last = max(span.first, other.first), min(span.last, other.last)
    return PointRange(first, last) if first <= last else None


def subtract(span: PointRange, other: PointRange) -> tuple[PointRange, ...]:
    """What only `one` holds: none, one or two spans."""
    common = intersect(span, other)
    if common is None:
        return (span,)
    before = PointRange(span.first, common.first - 1)
    after = PointRange(common.last + 1, span.last)
    return tuple(rest for rest in (before, after) if rest.first <= rest.last)


def union(spans: Iterable[PointRange]) -> tuple[PointRange, ...]:
    """The same points as the fewest spans, ascending."""
    joined: list[PointRange] = []
    for span in sorted(spans):
        if joined and span.first <= joined[-1].last + 1:
            joined[-1] = PointRange(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return tuple(joined)


def missing(required: PointRange, held: Iterable[PointRange]) -> tuple[PointRange, ...]:
    """The gaps: what is wanted and not held, as the fewest spans, ascending."""
    return tuple(_gaps(required, union(held)))


def _gaps(required: PointRange, held: Sequence[PointRange]) -> Iterator[PointRange]:
    first = required.first
    for span in held:
        if span.last < first:
            continue
        if span.first > required.last:
            break
        if span.first > first:
            yield PointRange(first, span.first - 1)
        first = span.last + 1
    if first <= required.last:
        yield PointRange(first, required.last)


def bridge(gaps: Sequence[PointRange], points: int) -> tuple[PointRange, ...]:
    """Gaps that lie within `points` of each other as one: a few points asked twice are cheaper than two questions."""
    joined: list[PointRange] = []
    for gap in gaps:
        if joined and gap.first - joined[-1].last - 1 <= points:
            joined[-1] = PointRange(joined[-1].first, gap.last)
        else:
            joined.append(gap)
    return tuple(joined)


def split(span: PointRange, points: int) -> tuple[PointRange, ...]:
    """The span in pieces that end on multiples of `points`, so that everybody cuts at the same places."""
    cuts = range((span.first // points + 1) * points, span.last + 1, points)
    starts = (span.first, *cuts)
    ends = (*(cut - 1 for cut in cuts), span.last)
    return tuple(PointRange(first, last) for first, last in zip(starts, ends, strict=True))
