"""Panels for metrics that nobody has made a board of: by the type of a metric and by the unit in its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from panels.spec import BucketHeatmap, Dashboard, Lines, Panel, Query, Unit

MOST_METRICS: Final = 60
TARGET: Final = ("job", "instance")
INNER: Final = ("le", "quantile")  # labels that are part of a metric's type
_UNITS: Final = (
    ("seconds", Unit.SECONDS),
    ("milliseconds", Unit.MILLISECONDS),
    ("ms", Unit.MILLISECONDS),
    ("bytes", Unit.BYTES),
    ("ratio", Unit.RATIO),
    ("percent", Unit.PERCENT),
    ("dollars", Unit.DOLLARS),
    ("usd", Unit.DOLLARS),
    ("cores", Unit.CORES),
    ("celsius", Unit.CELSIUS),
    ("hertz", Unit.HERTZ),
)


class MetricType(StrEnum):
    """The types of metrics of Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"


@dataclass(frozen=True)
class MetricFacts:
    """A metric without the suffixes of its type; `labels` are those of its series."""

    name: str
    type: MetricType
    labels: tuple[str, ...] = ()
    help: str = ""


def facts(names: Sequence[str], types: Mapping[str, tuple[str, str]]) -> tuple[MetricFacts, ...]:
    """The metrics that series names belong to; `types` are types and help texts as the backend knows them."""
    known = set(names)
    result: dict[str, MetricFacts] = {}
    for name in sorted(known):
        family = _family(name, known)
        reported, text = types.get(family, types.get(name, ("", "")))
        result.setdefault(family, MetricFacts(family, _type(family, known, reported), help=text))
    return tuple(result.values())


def board(board_id: str, title: str, metrics: Sequence[MetricFacts], filterable: Collection[str] = TARGET) -> Dashboard:
    """A board with the panels of the metrics, which are filtered by those of the labels that they have."""
    panels = tuple(panel for metric in metrics[:MOST_METRICS] for panel in _panels(metric, filterable))
    filters = tuple(label for label in filterable if any(label in metric.labels for metric in metrics))
    return Dashboard(board_id, title, "", panels, filters=filters)


def _family(name: str, known: set[str]) -> str:
    """The metric of a series name: `x` of `x_bucket`, and of `x_count` and `x_sum` where both are there."""
    base, _, suffix = name.rpartition("_")
    if suffix == "bucket" or (suffix in ("count", "sum") and {f"{base}_count", f"{base}_sum"} <= known):
        return base
    return name


def _type(family: str, known: set[str], reported: str) -> MetricType:
    if f"{family}_bucket" in known:
        return MetricType.HISTOGRAM
    if f"{family}_count" in known and f"{family}_sum" in known:
        return MetricType.SUMMARY
    if family.endswith("_total") or reported == MetricType.COUNTER:
        return MetricType.COUNTER
    return MetricType.GAUGE


def _panels(metric: MetricFacts, filterable: Collection[str]) -> Iterator[Panel]:
    filters = ",".join(f"$filter({label})" for label in filterable if label in metric.labels)
    match metric.type:
        case MetricType.COUNTER:
            yield _counter(metric, filters)
        case MetricType.GAUGE:
            yield _gauge(metric, filters)
        case MetricType.HISTOGRAM:
            yield from _histogram(metric, filters)
        case MetricType.SUMMARY:
            yield from _summary(metric, filters)


def _counter(metric: MetricFacts, filters: str) -> Panel:
    label = _grouping(metric)
    by = f" by ({label})" if label else ""
    query = Query(
        f"sum{by} (rate({_series(metric, '', filters)}[$__rate_interval]))", f"{{{{{label}}}}}" if label else "rate"
    )
    unit = _unit(metric.name.removesuffix("_total"))
    # Seconds a second are a share of time: cores, or how full something is.
    rates = {Unit.BYTES: Unit.BYTES_PER_SECOND, Unit.SECONDS: Unit.RATIO}
    return _panel(metric, "", rates.get(unit, Unit.PER_SECOND), Lines(), (query,), "Per second")


def _gauge(metric: MetricFacts, filters: str) -> Panel:
    labels = [label for label in metric.labels if label not in TARGET] or ["instance"]
    legend = " ".join(f"{{{{{label}}}}}" for label in labels[:3])
    view = Lines(floor=None if "celsius" in metric.name else 0.0)
    return _panel(
        metric, "", _unit(metric.name), view, (Query(_series(metric, "", filters), legend),), "One line a series"
    )


def _histogram(metric: MetricFacts, filters: str) -> Iterator[Panel]:
    unit = _unit(metric.name)
    buckets = f"sum by (le) (rate({_series(metric, '_bucket', filters)}[$__rate_interval]))"
    quantiles = tuple(
        Query(f"histogram_quantile({q}, {buckets})", f"p{q * 100:g}", colour=f"--q{q * 100:g}")
        for q in (0.5, 0.95, 0.99)
    )
    yield _panel(metric, "-quantiles", unit, Lines(), quantiles, "p50, p95 and p99 from the buckets")
    yield _panel(
        metric, "-buckets", Unit.PER_SECOND, BucketHeatmap(unit), (Query(buckets),), "How values are distributed"
    )


def _summary(metric: MetricFacts, filters: str) -> Iterator[Panel]:
    rate = "[$__rate_interval]"
    mean = (
        f"sum (rate({_series(metric, '_sum', filters)}{rate})) / sum (rate({_series(metric, '_count', filters)}{rate}))"
    )
    count = Query(f"sum (rate({_series(metric, '_count', filters)}{rate}))", "rate")
    yield _panel(metric, "-mean", _unit(metric.name), Lines(), (Query(mean, "mean"),), "The mean")
    yield _panel(metric, "-rate", Unit.PER_SECOND, Lines(), (count,), "Per second")


def _panel(
    metric: MetricFacts, suffix: str, unit: Unit, view: Lines | BucketHeatmap, queries: tuple[Query, ...], what: str
) -> Panel:
    title = metric.name + suffix.replace("-", " ")
    description = f"{what}: {metric.help or metric.name}".rstrip(".") + "."
    panel_id = re.sub(r"[^a-z0-9]+", "-", (metric.name + suffix).lower()).strip("-")[:80]
    return Panel(id=panel_id, title=title, unit=unit, view=view, queries=queries, description=description)


def _series(metric: MetricFacts, suffix: str, filters: str) -> str:
    return f"{metric.name}{suffix}{{{filters}}}" if filters else metric.name + suffix


def _grouping(metric: MetricFacts) -> str:
    """The label that a rate is split by: the first of the metric's own, else the instance."""
    own = [label for label in metric.labels if label not in (*TARGET, *INNER)]
    return own[0] if own else "instance" if "instance" in metric.labels else ""


def _unit(name: str) -> Unit:
    words = name.split("_")
    return next((unit for word, unit in _UNITS if word in words), Unit.COUNT)
