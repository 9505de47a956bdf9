"""Classic histograms: cumulative buckets to cells, and quantiles that hit the highest finite bound.

`histogram_quantile` cannot say more than that bound: a value in the +Inf bucket comes back as the bound itself and
looks like a plateau. Such a number is a cap and is shown as "> 80 s". Where the buckets end is read from the series
themselves: many libraries end at 1 s or 10 s. A threshold above that can never be exceeded; a note says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from panels import units
from panels.spec import Frames, Panel, Status, Thresholds, Unit
from queries.metrics.frame import Floats, Frame, Labels, Times
from telemetry.contract import family

_HISTOGRAM: Final = re.compile(r"^\s*histogram_quantile\(.*?(\w+)_bucket\b", re.DOTALL)
_BUCKETS: Final = re.compile(
    r"^\s*histogram_quantile\([^,]+, sum by \(([^)]*)\) \(rate\(([a-zA-Z_:][\w:]*_bucket\{[^{}]*\})\["
)
_NO_LABELS: Final[Labels] = MappingProxyType({})
_MEASURES: Final = frozenset({Unit.MILLISECONDS, Unit.SECONDS, Unit.BYTES})


@dataclass(frozen=True)
class Cells:
    """A histogram over time: `edges` (n + 1,) ascending, +Inf last if it exists; `rates` (n, times), never negative."""

    edges: tuple[float, ...]
    rates: Floats
    times: Times


def cells(frame: Frame) -> Cells:
    """Cells of `sum by (le) (rate(x_bucket[...]))`: sorted by `le`, neighbours subtracted, negatives clamped to 0.

    Each column sums to the total rate. Series without a readable `le` are ignored.
    """
    bounds = [_bound(labels.get("le", "")) for labels in frame.labels]
    order = sorted((row for row, bound in enumerate(bounds) if not np.isnan(bound)), key=lambda row: bounds[row])
    if not order:
        return Cells((0.0,), np.empty((0, frame.times.size)), frame.times)
    # Rounding errors can make a bucket smaller than the one below it; a running maximum corrects that.
    values = np.where(np.isfinite(frame.values[order]), frame.values[order], np.nan)
    cumulative = np.fmax.accumulate(values, axis=0)
    rates = np.diff(cumulative, axis=0, prepend=np.zeros((1, frame.times.size)))
    edges = tuple(bounds[row] for row in order)
    return Cells((min(0.0, edges[0]), *edges), np.maximum(rates, 0.0), frame.times)


def columns(grid: Cells, most: int, step: int) -> Cells:
    """At most about `most` columns: means over groups that start at multiples of their width, to stay stable."""
    size = -(-grid.times.size // most)
    if size <= 1:
        return grid
    group = grid.times // (step * size)
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    counts = np.add.reduceat(~np.isnan(grid.rates), starts, axis=1)
    sums = np.add.reduceat(np.nan_to_num(grid.rates), starts, axis=1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    times = group[starts] * step * size + step * (size - 1) // 2
    return Cells(grid.edges, means, times.astype(np.int64))


def trim_empty_rows(grid: Cells) -> Cells:
    """The cells without the empty rows at the bottom and at the top."""
    filled = np.flatnonzero(np.nansum(grid.rates, axis=1) > 0)
    if not filled.size:
        return grid
    low, high = int(filled[0]), int(filled[-1]) + 1
    return Cells(grid.edges[low : high + 1], grid.rates[low:high], grid.times)


def row_name(low: float, high: float, unit: Unit) -> str:
    """The range of a row: "1 s – 2.5 s", "> 80 s", "≤ 5 ms"."""
    if np.isinf(high):
        return f"> {units.write(low, unit)}"
    if low <= 0:
        return f"≤ {units.write(high, unit)}"
    return f"{units.write(low, unit)} – {units.write(high, unit)}"


def bounds_query(expr: str) -> str:
    """The template for the buckets behind a quantile, by its labels and `le`; empty for other queries."""
    match = _BUCKETS.match(expr)
    return f"group by ({match[1]}) ({match[2]})" if match else ""


def cap(expr: str) -> float | None:
    """The highest finite bucket bound in the contract for the histogram of this quantile; None if there is none."""
    match = _HISTOGRAM.match(expr)
    metric = family(match[1]) if match else None
    return float(max(metric.buckets)) if metric and metric.buckets else None


@dataclass(frozen=True)
class Caps:
    """The upper ends of the buckets behind a panel's quantiles.

    `bounds` has for each query the answer to its `bounds_query`; where that is empty, the contract's buckets count.
    """

    panel: Panel
    bounds: Frames = ()

    def of(self, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> float | None:
        """The highest finite bound behind a series of frame `number`, in that unit; None if it is no quantile."""
        if unit not in _MEASURES:
            return None
        ends = {max(ends) for query in self._queries(number) if (ends := self._ends(query, labels))}
        return ends.pop() if len(ends) == 1 else None

    def is_capped(self, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> bool:
        """Whether a number only means “more than this”."""
        return is_capped(value, self.of(unit, number, labels))

    def label(self, text: str, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> str:
        """The number's text, with a “>” in front if it is a cap."""
        return f"> {text}" if self.is_capped(value, unit, number, labels) else text

    def status(
        self, thresholds: Thresholds, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS
    ) -> Status:
        """The status of a number; UNKNOWN if it is capped below a threshold."""
        status = thresholds.status(value)
        hidden = status is Status.GOOD and thresholds.rising and self.is_capped(value, unit, number, labels)
        return Status.UNKNOWN if hidden else status

    def notes(self, thresholds: Thresholds, unit: Unit, number: int) -> tuple[str, ...]:
        """Notes about thresholds above the largest bucket, which no number can exceed."""
        ends = {end for query in self._queries(number) for end in self._all_ends(query)} if unit in _MEASURES else set()
        known = [limit for limit in (thresholds.warning, thresholds.critical) if limit is not None]
        beyond = [units.write(limit, unit) for limit in known if ends and thresholds.rising and limit > min(ends)]
        if not beyond:
            return ()
        whose = "Some buckets end" if len(ends) > 1 else "The buckets end"
        what = f"the threshold of {beyond[0]}" if len(beyond) == 1 else f"the thresholds of {' and '.join(beyond)}"
        return (f"{whose} at {units.write(min(ends), unit)}: {what} can never be exceeded",)

    def _queries(self, number: int) -> list[int]:
        """The queries that a frame can come from: its own, or every quantile if the panel derives its frames."""
        queries = self.panel.queries
        own = [min(number, len(queries) - 1)] if self.panel.derive is None else range(len(queries))
        return [query for query in own if _HISTOGRAM.match(queries[query].expr)]

    def _ends(self, query: int, labels: Labels) -> list[float]:
        """The highest finite bound of each series behind a query whose labels match these."""
        ends = self._series_ends[query] if query < len(self.bounds) else {}
        if not ends:
            return sorted(self._all_ends(query))
        exact = ends.get(frozenset((key, labels[key]) for key in self._names[query] if key in labels))
        if exact is not None:
            return [exact]
        return [end for series, end in ends.items() if all(labels.get(key, text) == text for key, text in series)]

    def _all_ends(self, query: int) -> set[float]:
        """The highest finite bound of each series behind a query; the contract's if the backend's are not known."""
        if query < len(self.bounds) and self.bounds[query].labels:
            return set(self._series_ends[query].values())
        end = cap(self.panel.queries[query].expr)
        return set() if end is None else {end}

    @cached_property
    def _series_ends(self) -> tuple[Mapping[frozenset[tuple[str, str]], float], ...]:
        """For each query the highest finite bound of each series, by its labels without `le`."""
        return tuple(_highest_bounds(frame.labels) for frame in self.bounds)

    @cached_property
    def _names(self) -> tuple[frozenset[str], ...]:
        """For each query the names of those labels."""
        return tuple(frozenset(key for series in ends for key, _ in series) for ends in self._series_ends)


def _highest_bounds(rows: Sequence[Labels]) -> Mapping[frozenset[tuple[str, str]], float]:
    highest: dict[frozenset[tuple[str, str]], float] = {}
    for row in rows:
        bound = _bound(row.get("le", ""))
        if math.isfinite(bound):
            series = frozenset((key, text) for key, text in row.items() if key != "le")
            highest[series] = max(bound, highest.get(series, bound))
    return highest


def is_capped(value: float, limit: float | None) -> bool:
    """Whether a quantile equals the highest finite bound (or lies above it, by rounding)."""
    return limit is not None and value >= limit * (1 - 1e-6)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
