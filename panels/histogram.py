"""Classic histograms: cumulative buckets to cells, and quantiles that hit the highest finite bound.

`histogram_quantile` cannot say more than that bound: a value in the +Inf bucket comes back as the bound itself and
looks like a plateau. Such a number is a cap and is shown as "> 80 s".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from panels import units
from panels.spec import Panel, Unit
from queries.frame import Floats, Frame, Times
from telemetry.contract import family

_HISTOGRAM: Final = re.compile(r"^\s*histogram_quantile\(.*?(\w+)_bucket\b", re.DOTALL)
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
    cumulative = np.fmax.accumulate(frame.values[order], axis=0)
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


def cap(expr: str) -> float | None:
    """The highest finite bound of the histogram whose quantile this expression is, in its contract unit."""
    match = _HISTOGRAM.match(expr)
    metric = family(match[1]) if match else None
    return float(max(metric.buckets)) if metric and metric.buckets else None


def caps(panel: Panel, unit: Unit, number: int) -> float | None:
    """The cap of a panel's frame in that unit. Derived frames share the one cap that their queries have."""
    if unit not in _MEASURES:
        return None
    if panel.derive is None:
        return cap(panel.queries[min(number, len(panel.queries) - 1)].expr)
    found = {limit for query in panel.queries if (limit := cap(query.expr)) is not None}
    return found.pop() if len(found) == 1 else None


def is_capped(value: float, limit: float | None) -> bool:
    """Whether a quantile equals the highest finite bound (or lies above it, by rounding)."""
    return limit is not None and value >= limit * (1 - 1e-6)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
