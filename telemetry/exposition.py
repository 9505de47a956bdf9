"""Prometheus' text formats, written from the SDK's metrics with the names exactly as the instruments have them.

The stock exporter appends `_total` and unit suffixes and adds labels of its own; the contract allows neither.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    Metric,
    NumberDataPoint,
    Sum,
)

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def scrape(reader: InMemoryMetricReader, accept: str = "") -> tuple[bytes, str]:
    """The body and its content type; OpenMetrics, which carries exemplars, when the scraper accepts it."""
    openmetrics = "application/openmetrics-text" in accept
    data = reader.get_metrics_data()
    metrics_ = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
    return render(metrics_, openmetrics), OPENMETRICS if openmetrics else TEXT


def render(metrics: Iterable[Metric], openmetrics: bool = False) -> bytes:
    """One exposition of all metrics; cumulative sums are counters, everything else by its kind."""
    lines = [line for metric in metrics for line in _family(metric, openmetrics)]
    if openmetrics:
        lines.append("# EOF")
    return ("\n".join(lines) + "\n").encode()


def _family(metric: Metric, openmetrics: bool) -> Iterator[str]:
    kind = _kind(metric)
    # OpenMetrics names a counter's family without the suffix that its sample carries.
    family = metric.name.removesuffix("_total") if openmetrics and kind == "counter" else metric.name
    described = (metric.description or "").replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family} {described}"
    yield f"# TYPE {family} {kind}"
    for point in metric.data.data_points:
        if isinstance(point, HistogramDataPoint):
            yield from _histogram(metric.name, point, openmetrics)
        elif isinstance(point, NumberDataPoint):
            yield f"{metric.name}{_braces(_pairs(point.attributes))} {number(point.value)}"


def _kind(metric: Metric) -> str:
    if isinstance(metric.data, Sum):
        return "counter" if metric.data.is_monotonic else "gauge"
    return "histogram" if hasattr(metric.data, "aggregation_temporality") else "gauge"


def _histogram(name: str, point: HistogramDataPoint, openmetrics: bool) -> Iterator[str]:
    pairs = _pairs(point.attributes)
    exemplars = _exemplars(point) if openmetrics else {}
    running = 0
    for index, bound in enumerate((*point.explicit_bounds, math.inf)):
        running += point.bucket_counts[index]
        labels = _braces((*pairs, f'le="{number(bound)}"'))
        yield f"{name}_bucket{labels} {running}{exemplars.get(index, '')}"
    yield f"{name}_sum{_braces(pairs)} {number(point.sum)}"
    yield f"{name}_count{_braces(pairs)} {point.count}"


def _exemplars(point: HistogramDataPoint) -> dict[int, str]:
    """The newest exemplar of each bucket, as the end of its line."""
    exemplars = {}
    for exemplar in sorted(point.exemplars, key=lambda exemplar: exemplar.time_unix_nano):
        if exemplar.trace_id:
            ids = f'trace_id="{exemplar.trace_id:032x}",span_id="{exemplar.span_id or 0:016x}"'
            seconds = exemplar.time_unix_nano / 1e9
            exemplars[bisect_left(point.explicit_bounds, exemplar.value)] = (
                f" # {{{ids}}} {number(exemplar.value)} {seconds:.3f}"
            )
    return exemplars


def _pairs(attributes: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(f'{key}="{str(value).translate(_ESCAPES)}"' for key, value in (attributes or {}).items())


def _braces(pairs: tuple[str, ...]) -> str:
    return f"{{{','.join(pairs)}}}" if pairs else ""


def number(value: float) -> str:
    """A value as Prometheus reads it; whole numbers without a point, so that bucket bounds keep one spelling."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
