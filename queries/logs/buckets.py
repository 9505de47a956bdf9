"""Histogram buckets: readable widths that cover the whole range; incomplete buckets at the edges are marked."""

from __future__ import annotations

from collections.abc import Mapping

from queries.core.errors import LimitExceeded
from queries.core.time_range import choose_step
from queries.logs.types import HistogramBucket, LogHistogram
from queries.search.results import NANO, Quality, Range

MOST = 1_000


def width_of(range_: Range, buckets: int) -> int:
    """Seconds of one bucket, from the ladder that charts use. Raises LimitExceeded for more than a thousand."""
    if buckets > MOST:
        raise LimitExceeded(f"A histogram has at most {MOST:,} bars; {buckets:,} were requested.")
    return choose_step(range_.seconds, max(1, buckets), 1)


def histogram(range_: Range, width: int, counts: Mapping[int, Mapping[str, int]], quality: Quality) -> LogHistogram:
    """From counts by bucket start (epoch seconds, multiples of the width) and level."""
    first = range_.start_ns // NANO // width * width
    last = max(range_.start_ns, range_.end_ns - 1) // NANO // width * width
    buckets = tuple(_bucket(range_, start, width, counts.get(start, {})) for start in range(first, last + 1, width))
    return LogHistogram(width, buckets, quality)


def _bucket(range_: Range, start: int, width: int, by_level: Mapping[str, int]) -> HistogramBucket:
    begin, end = start * NANO, (start + width) * NANO
    return HistogramBucket(begin, by_level, begin < range_.start_ns or end > range_.end_ns)
