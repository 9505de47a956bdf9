"""The expected band: the sum of a chart at the same time on earlier days, so that a jump is seen without a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from panels import series
from panels.figure import wire
from panels.series import Series
from panels.spec import Frames, Panel
from queries.metrics.frame import Floats, Times

_LEAST_DAYS: Final = 3  # two days are no habit
_MANY_DAYS: Final = 5  # from here on the lowest and the highest day are left out: one incident is not expected again
_MARGIN: Final = 0.1  # on both sides: the days of a calm week differ less than the next one may
_FAR: Final = 1.5  # times beyond the band that are worth a sentence: the shade shows less than that
_COLOUR: Final = "var(--text-3)/0.16"


@dataclass(frozen=True)
class Band:
    """The expected range: `low` and `high` (n,) at `times` (n,) in epoch seconds, NaN where too few days have data."""

    times: Times
    low: Floats
    high: Floats
    days: int

    def sides(self) -> list[tuple[int, Series]]:
        """Both edges as series, for the axis."""
        return [(-1, Series("expected", {}, self.times, edge)) for edge in (self.low, self.high)]

    def position(self, instant: int, value: float) -> str:
        """Where a value lies: "above", "below", or "" if it is not far outside or nothing is expected then."""
        index = int(np.argmin(np.abs(self.times - instant)))
        if value > _FAR * self.high[index]:
            return "above"
        return "below" if _FAR * value < self.low[index] else ""


def band(panel: Panel, days: Sequence[Frames]) -> Band | None:
    """The band of the frames of earlier days, which are moved to the present times; None without enough days."""
    rows = [row for row in (_sum(panel, frames) for frames in days) if row is not None]
    rows = [row for row in rows if row.times.size == rows[0].times.size]
    if len(rows) < _LEAST_DAYS:
        return None
    values = np.sort(np.vstack([row.values for row in rows]), axis=0)  # NaN last
    counts = np.count_nonzero(~np.isnan(values), axis=0)
    spare = np.where(counts >= _MANY_DAYS, 1, 0)
    columns = np.arange(counts.size)
    low, high = values[spare, columns], values[np.maximum(counts - 1 - spare, 0), columns]
    enough = counts >= _LEAST_DAYS
    if not enough.any():
        return None
    return Band(
        rows[0].times,
        np.where(enough, low * (1 - _MARGIN), np.nan),
        np.where(enough, high * (1 + _MARGIN), np.nan),
        int(counts.max()),
    )


def traces(expected: Band) -> Iterator[dict[str, Any]]:
    """One closed area for each part without a gap."""
    edges = np.flatnonzero(np.diff((~np.isnan(expected.low)).astype(np.int8), prepend=0, append=0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        part = slice(int(first), int(last))
        times = expected.times[part] * 1000
        yield {
            "type": "scatter",
            "mode": "lines",
            "x": np.concatenate((times, times[::-1])),
            "y": wire(np.concatenate((expected.high[part], expected.low[part][::-1]))),
            "fill": "toself",
            "fillcolor": _COLOUR,
            "line": {"color": _COLOUR, "width": 0},
            "hoverinfo": "skip",
            "meta": {},
        }


def notes(expected: Band, entries: Sequence[Series]) -> Iterator[str]:
    """What the shade is, and where the present sum lies if it is far outside."""
    yield f"Shaded: the same time on {expected.days} earlier days"
    present = series.total(entries, "total") if entries else None
    if present is None or np.isnan(present.now):
        return
    here = np.flatnonzero(~np.isnan(present.values))
    if position := expected.position(int(present.times[here[-1]]), present.now):
        yield f"Now far {position} what is usual at this time"


def _sum(panel: Panel, frames: Frames) -> Series | None:
    """The sum of all series of a day; None without data."""
    entries = series.collect(panel, frames)
    return series.total(entries, "total") if entries else None
