"""Classic histograms: cumulative buckets to cells, and quantiles that hit the highest finite bound.

`histogram_quantile` cannot say more than that bound: a value in the +Inf bucket comes back as the bound itself and
looks like a plateau. Such a number is a cap and is shown as "> 80 s". Where the buckets end is read from the series
themselves: many libraries end at 1 s or 10 s, and a limit above can then never be passed, which is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    # Rates of neighbours may cross by a rounding error: a running maximum repairs that before subtracting.
    values = np.where(np.isfinite(frame.values[order]), frame.values[order], np.nan)
    cumulative = np.fmax.accumulate(values, axis=0)
    rates = np.diff(cumulative, axis=0, prepend=np.zeros((1, frame.times.size)))
    edges = tuple(bounds[row] for row in order)
    return Cells((min(0.0, edges[0]), *edges), np.maximum(rates, 0.0), frame.times)


def columns(found: Cells, most: int, step: int) -> Cells:
    """At most about `most` columns: means over groups that begin at multiples of their width, so they do not jump."""
    size = -(-found.times.size // most)
    if size <= 1:
        return found
    group = found.times // (step * size)
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    counts = np.add.reduceat(~np.isnan(found.rates), starts, axis=1)
    sums = np.add.reduceat(np.nan_to_num(found.rates), starts, axis=1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    times = group[starts] * step * size + step * (size - 1) // 2
    return Cells(found.edges, means, times.astype(np.int64))


def used(found: Cells) -> Cells:
    """Without the empty rows below the lowest and above the highest row that holds something."""
    filled = np.flatnonzero(np.nansum(found.rates, axis=1) > 0)
    if not filled.size:
        return found
    low, high = int(filled[0]), int(filled[-1]) + 1
    return Cells(found.edges[low : high + 1], found.rates[low:high], found.times)


def row_name(low: float, high: float, unit: Unit) -> str:
    """The range of a row: "1 s – 2.5 s", "> 80 s", "≤ 5 ms"."""
    if np.isinf(high):
        return f"> {units.write(low, unit)}"
    if low <= 0:
        return f"≤ {units.write(high, unit)}"
    return f"{units.write(low, unit)} – {units.write(high, unit)}"


def bounds_query(expr: str) -> str:
    """The template of the buckets that a quantile is computed from, by its labels and `le`; empty for other queries."""
    match = _BUCKETS.match(expr)
    return f"group by ({match[1]}) ({match[2]})" if match else ""


def cap(expr: str) -> float | None:
    """The highest finite bound that the contract gives the histogram of this quantile; None where it knows none."""
    match = _HISTOGRAM.match(expr)
    metric = family(match[1]) if match else None
    return float(max(metric.buckets)) if metric and metric.buckets else None


@dataclass(frozen=True)
class Caps:
    """Where the buckets end that a panel's quantiles come from.

    `bounds` has for each query the answer to its `bounds_query`; where that is empty, the contract's buckets count.
    """

    panel: Panel
    bounds: Frames = ()

    def of(self, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> float | None:
        """The highest finite bound behind a series of frame `number`, in that unit; None if it is no quantile."""
        if unit not in _MEASURES:
            return None
        ends = {max(found) for query in self._queries(number) if (found := self._ends(query, labels))}
        return ends.pop() if len(ends) == 1 else None

    def is_capped(self, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> bool:
        """Whether a number means “more than this”."""
        return is_capped(value, self.of(unit, number, labels))

    def marked(self, text: str, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS) -> str:
        """The number's text, with a “>” in front if it is a cap."""
        return f"> {text}" if self.is_capped(value, unit, number, labels) else text

    def status(
        self, thresholds: Thresholds, value: float, unit: Unit, number: int, labels: Labels = _NO_LABELS
    ) -> Status:
        """The status of a number; a cap below a limit is not known to be good."""
        status = thresholds.status(value)
        hidden = status is Status.GOOD and thresholds.rising and self.is_capped(value, unit, number, labels)
        return Status.UNKNOWN if hidden else status

    def notes(self, thresholds: Thresholds, unit: Unit, number: int) -> tuple[str, ...]:
        """Limits that lie above the largest bucket, so that no number can ever pass them."""
        ends = {end for query in self._queries(number) for end in self._all_ends(query)} if unit in _MEASURES else set()
        known = [limit for limit in (thresholds.warning, thresholds.critical) if limit is not None]
        beyond = [units.write(limit, unit) for limit in known if ends and thresholds.rising and limit > min(ends)]
        if not beyond:
            return ()
        whose = "Some buckets end" if len(ends) > 1 else "The buckets end"
        what = f"the limit of {beyond[0]}" if len(beyond) == 1 else f"the limits of {' and '.join(beyond)}"
        return (f"{whose} at {units.write(min(ends), unit)}: {what} cannot be seen to be passed",)

    def _queries(self, number: int) -> list[int]:
        """The queries that a frame may come from: its own, or every quantile of a panel that computes further."""
        queries = self.panel.queries
        own = [min(number, len(queries) - 1)] if self.panel.derive is None else range(len(queries))
        return [query for query in own if _HISTOGRAM.match(queries[query].expr)]

    def _ends(self, query: int, labels: Labels) -> list[float]:
        """Finite bounds of the buckets whose labels are those of the series, as far as it has them."""
        rows = self.bounds[query].labels if query < len(self.bounds) else ()
        if not rows:
            end = cap(self.panel.queries[query].expr)
            return [] if end is None else [end]
        ours = [row for row in rows if all(labels.get(key, text) == text for key, text in row.items() if key != "le")]
        return [bound for row in ours if np.isfinite(bound := _bound(row.get("le", "")))]

    def _all_ends(self, query: int) -> set[float]:
        """The highest finite bound of each series behind a query."""
        rows = self.bounds[query].labels if query < len(self.bounds) else ()
        series = [{key: text for key, text in row.items() if key != "le"} for row in rows] or [{}]
        return {max(found) for labels in series if (found := self._ends(query, labels))}


def is_capped(value: float, limit: float | None) -> bool:
    """Whether a quantile equals the highest finite bound (or lies above it, by rounding)."""
    return limit is not None and value >= limit * (1 - 1e-6)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
