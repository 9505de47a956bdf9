"""What the telemetry package writes to Elasticsearch, the stores read, found where they look by themselves."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
import requests
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from queries.core.deadline import Deadline
from queries.logs.types import LogQuery, Paging
from queries.search.results import Range
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.elastic.traces import ElasticTraceStore
from queries.traces.types import TracePaging, TraceQuery
from telemetry.elastic_http import Cluster
from telemetry.elastic_sink import ElasticSink
from telemetry.elastic_traces import ElasticSpanExporter
from telemetry.events import shape
from telemetry.spill import Spill
from tests.servers import elasticsearch

pytestmark = pytest.mark.integration


def test_events_and_spans_of_the_gateway_are_read_back(tmp_path: Path) -> None:
    node = elasticsearch(tmp_path / "node")  # an empty one: the layouts are recognised among nothing else
    node.start()
    try:
        trace_id = _write(node.url, tmp_path / "spill")
        requests.post(f"{node.url}/_refresh", timeout=30)
        settings = ElasticSettings(url=node.url)
        now = time.time()
        range_ = Range.of_seconds(now - 300, now + 300)

        logs = ElasticLogStore(settings)
        page = logs.search(LogQuery(range_, "level:error"), Paging(), Deadline.after(10))
        (line,) = page.lines
        traces = ElasticTraceStore(settings)
        result = traces.search(TraceQuery(range_, text="status:error"), TracePaging(), Deadline.after(10))
        spans = traces.trace(trace_id, Deadline.after(10)).spans

        assert (line.message, line.template) == ("Call of openai failed", "Call of {Provider} failed")
        assert (line.service, line.trace_id, line.fields["Provider"]) == ("gateway", trace_id, "openai")
        assert line.failure is not None
        assert (line.failure.kind, line.failure.message) == ("ValueError", "broken")
        assert [line.id for line in logs.correlated(trace_id, 10, Deadline.after(10)).lines] == [line.id]
        assert [trace.trace_id for trace in result.traces] == [trace_id]
        assert [(span.name, span.status, span.service) for span in spans] == [
            ("request", "unset", "gateway"),
            ("call", "error", "gateway"),
        ]
        assert [event.name for event in spans[1].events] == ["exception"]
        assert abs(spans[0].start_ns / 1e9 - now) < 60
    finally:
        node.stop()


def _write(url: str, spill: Path) -> str:
    """A request with a failing call, and a log event of it; its trace id."""
    provider = TracerProvider(resource=Resource({"service.name": "gateway"}))
    exporter = ElasticSpanExporter(Cluster(url), Spill(spill, "traces"))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("CodeAgent.API")
    sink = ElasticSink(Cluster(url), Spill(spill, "logs"))
    with tracer.start_as_current_span("request", kind=trace.SpanKind.SERVER) as root:
        try:
            with tracer.start_as_current_span("call", kind=trace.SpanKind.CLIENT):
                raise ValueError("broken")
        except ValueError as error:
            failure = (type(error), error, error.__traceback__)
            record = logging.LogRecord("gateway", logging.ERROR, "x.py", 1, "Call of {Provider} failed", (), failure)
            record.telemetry_properties = {"Provider": "openai"}
            sink.write(shape(record, {"Application": "gateway"}))
    sink.close()
    return f"{root.get_span_context().trace_id:032x}"
