"""From frames to named, coloured series: shared by lines, bars, timelines and legends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from panels import colours
from panels.spec import Frames, Panel, Query
from panels.visible import visible_name
from queries.metrics.frame import Floats, Times

_FIELD: Final = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
# How far Prometheus looks back for the current value.
LOOK_BACK_SECONDS: Final = 300
# This label names derived series; a projection is drawn dashed.
SERIES_LABEL: Final = "series"
PROJECTED: Final = "projected"
BOUND_LABEL: Final = "bound"  # "at least": only a lower bound of the number is known


@dataclass(frozen=True)
class Series:
    """One named row of numbers: `times` epoch seconds (n,), `values` (n,), NaN where there is no sample."""

    name: str
    labels: Mapping[str, str]
    times: Times
    values: Floats
    colour: str = ""
    query: int = 0

    @property
    def last(self) -> float:
        """The newest number, NaN if there is none."""
        numbers = self.values[~np.isnan(self.values)]
        return float(numbers[-1]) if numbers.size else float("nan")

    @property
    def now(self) -> float:
        """The newest number if it is recent; NaN for a series that has ended."""
        here = np.flatnonzero(~np.isnan(self.values))
        if not here.size:
            return float("nan")
        step = int(self.times[-1] - self.times[-2]) if self.times.size > 1 else 0
        age = int(self.times[-1] - self.times[here[-1]])
        return float(self.values[here[-1]]) if age <= max(2 * step, LOOK_BACK_SECONDS) else float("nan")

    @property
    def max(self) -> float:
        """The largest number, NaN if there is none."""
        return float(np.nanmax(self.values)) if not np.isnan(self.values).all() else float("nan")

    @property
    def mean(self) -> float:
        """The mean of the numbers, NaN if there is none."""
        return float(np.nanmean(self.values)) if not np.isnan(self.values).all() else float("nan")

    @property
    def is_projection(self) -> bool:
        """Whether the series is a projection instead of measured values."""
        return self.labels.get(SERIES_LABEL, "").startswith(PROJECTED)


def collect(panel: Panel, frames: Frames) -> tuple[Series, ...]:
    """Every series of all frames that has a number, named by its query's legend, not yet coloured."""
    collected = []
    for number, frame in enumerate(frames):
        query = query_of(panel, number)
        for labels, values in zip(frame.labels, frame.values, strict=True):
            if np.isfinite(values).any():
                cleaned = np.where(np.isinf(values), np.nan, values)
                collected.append(
                    Series(name_of(query, labels, panel.title), labels, frame.times, cleaned, query=number)
                )
    return tuple(_disambiguate(collected))


def query_of(panel: Panel, number: int) -> Query:
    """The query of a frame; derived frames without a query use the last one."""
    return panel.queries[min(number, len(panel.queries) - 1)]


def name_of(query: Query, labels: Mapping[str, str], default: str) -> str:
    """The legend with its labels filled in; without one, the labels' values, or `default` when there is none."""
    readable = {name: visible_name(value) for name, value in labels.items()}
    filled = _FIELD.sub(lambda match: readable.get(match[1], ""), query.legend)
    text = " ".join(filled.split())
    if text and (not labels or SERIES_LABEL not in labels):
        return text
    return (
        " ".join(value for name, value in sorted(readable.items()) if name != "__name__" and value) or text or default
    )


def assign_colours(panel: Panel, series: Sequence[Series]) -> tuple[Series, ...]:
    """The series of one chart with their colours: the query's token, else a colour chosen by the labels."""
    fixed = [token and f"var({token})" for token in (query_of(panel, entry.query).colour for entry in series)]
    free = [(entry.labels, entry.name) for entry, token in zip(series, fixed, strict=True) if not token]
    assigned = iter(colours.assign(free, reserved=[token for token in fixed if token]))
    return tuple(replace(entry, colour=token or next(assigned)) for entry, token in zip(series, fixed, strict=True))


def largest(series: Sequence[Series], top: int) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """The `top` series with the largest peaks, in their own order, and the others."""
    if len(series) <= top:
        return tuple(series), ()
    ranked = sorted(range(len(series)), key=lambda index: (-series[index].max, series[index].name))
    top_indexes = set(ranked[:top])
    return (
        tuple(entry for index, entry in enumerate(series) if index in top_indexes),
        tuple(entry for index, entry in enumerate(series) if index not in top_indexes),
    )


def total(series: Sequence[Series], name: str) -> Series:
    """The sum of series on one time axis; NaN only where all are absent."""
    rows = np.vstack([entry.values for entry in series if entry.values.size == series[0].values.size])
    absent = np.isnan(rows).all(axis=0)
    summed = np.where(absent, np.nan, np.nansum(rows, axis=0))
    return Series(name, {}, series[0].times, summed, colours.OTHER)


def _disambiguate(series: list[Series]) -> list[Series]:
    """Add labels to the names of series that would otherwise have the same name."""
    names = [entry.name for entry in series]
    return [
        entry
        if names.count(entry.name) == 1 or not entry.labels
        else replace(entry, name=f"{entry.name} ({_values(entry.labels)})")
        for entry in series
    ]


def _values(labels: Mapping[str, str]) -> str:
    """“a, b”, in the order of the labels' names."""
    return ", ".join(visible_name(labels[name]) for name in sorted(labels))
