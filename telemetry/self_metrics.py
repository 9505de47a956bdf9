"""What telemetry itself lost or kept, as metrics: a sink that fails must not do so in silence."""

from __future__ import annotations

from collections.abc import Iterable

from telemetry.batch import Batcher
from telemetry.elastic_sink import ElasticSink
from telemetry.logs import FanOut, Sink
from telemetry.metrics import Labels, Metrics, observer

EVENTS = "codeagent_telemetry_log_events_total"


def observe_sinks(metrics: Metrics, logs: FanOut) -> None:
    """Register a counter of log events by sink and by what became of them."""

    def read() -> Iterable[tuple[float, Labels]]:
        for index, sink in enumerate(logs.sinks):
            name = type(sink).__name__.removesuffix("Sink").lower()
            for result, count in {**outcome(sink), "failed": logs.failed[index]}.items():
                yield float(count), {"sink": name, "result": result}

    metrics.meter.create_observable_counter(EVENTS, [observer(read)], "1", "Log events by sink and outcome.")


def outcome(sink: Sink) -> dict[str, int]:
    """How many events a sink brought out, lost, and (Elasticsearch) put aside or had refused."""
    if isinstance(sink, ElasticSink):
        counts = sink.counts
        return {"sent": counts.sent, "dropped": counts.dropped, "spilled": counts.spilled, "refused": counts.refused}
    batch = getattr(sink, "batch", None)
    return {"sent": batch.sent, "dropped": batch.dropped} if isinstance(batch, Batcher) else {}
