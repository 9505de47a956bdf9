"""The contract's instruments over OpenTelemetry's SDK: one value that a service records its measurements with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader
from opentelemetry.sdk.resources import Resource

from telemetry.contract import BY_NAME, METER, Kind, Metric

Labels = Mapping[str, str]
Reading = Callable[[], Iterable[tuple[float, Labels]]]

OTHER = "other"
OVERFLOW = "codeagent_telemetry_cardinality_overflow_total"
SERIES_LIMIT = 500  # label sets of one metric; eight endpoints by ten status codes stay far below it


@dataclass
class Metrics:
    """The meter's instruments by contract name.

    Counters and histograms are written to, gauges are read when someone asks: `watch` gives a gauge its function.
    Nothing is counted unless `recording`. A label set beyond `limit` is folded into one whose values are all `other`,
    and counted.
    """

    provider: MeterProvider
    reader: InMemoryMetricReader
    meter: Meter
    limit: int = SERIES_LIMIT
    recording: bool = True
    counters: dict[str, Counter] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    gauges: dict[str, Metric] = field(default_factory=dict)
    _label_sets: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Count `amount` on a counter; KeyError when the contract has no such counter."""
        if self.recording:
            self.counters[name].add(amount, self._bounded(name, labels))

    def record(self, name: str, value: float, /, **labels: str) -> None:
        """Put one value into a histogram; KeyError when the contract has no such histogram."""
        if self.recording:
            self.histograms[name].record(value, self._bounded(name, labels))

    def watch(self, name: str, reading: Reading) -> None:
        """Let `reading` answer for a gauge; KeyError when the contract has no such gauge."""
        metric = self.gauges[name]
        self.meter.create_observable_gauge(name, [observer(reading)], metric.unit, metric.help)

    def _bounded(self, name: str, labels: dict[str, str]) -> dict[str, str]:
        label_sets = self._label_sets[name]
        values = tuple(labels.values())
        if values in label_sets:
            return labels
        if len(label_sets) < self.limit:
            label_sets.add(values)
            return labels
        self.counters[OVERFLOW].add(1, {"metric": name})
        return dict.fromkeys(labels, OTHER)


def create(
    resource: Resource | None = None,
    readers: Sequence[MetricReader] = (),
    limit: int = SERIES_LIMIT,
    recording: bool = True,
) -> Metrics:
    """Instruments for the whole contract; `readers` export elsewhere besides the scraped endpoint."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader, *readers], resource or Resource.get_empty(), shutdown_on_exit=False)
    metrics = Metrics(provider, reader, provider.get_meter(METER), limit, recording)
    for metric in BY_NAME.values():
        _register(metrics, metric)
    _register(metrics, Metric(OVERFLOW, Kind.COUNTER, "1", ("metric",), "Measurements folded into `other`."))
    return metrics


def _register(metrics: Metrics, metric: Metric) -> None:
    metrics._label_sets[metric.name] = set()
    if metric.kind is Kind.COUNTER:
        metrics.counters[metric.name] = metrics.meter.create_counter(metric.name, metric.unit, metric.help)
    elif metric.kind is Kind.HISTOGRAM:
        metrics.histograms[metric.name] = metrics.meter.create_histogram(
            metric.name, metric.unit, metric.help, explicit_bucket_boundaries_advisory=metric.buckets
        )
    else:
        metrics.gauges[metric.name] = metric


def observer(reading: Reading) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, dict(labels)) for value, labels in reading()]

    return observe
