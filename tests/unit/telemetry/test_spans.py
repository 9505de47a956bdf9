"""Finished spans: as OTLP JSON, and without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

from telemetry.masked_spans import masked
from telemetry.masking import Masker
from telemetry.otlp_json import encode
from telemetry.settings import Settings
from telemetry.traces import build


def finished() -> tuple[ReadableSpan, ...]:
    """A parent and a child that failed with a secret in its message."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "CodeAgent.Gateway"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("CodeAgent.API", "1.0")
    link = Link(SpanContext(3, 4, False, TraceFlags(1)))
    with tracer.start_as_current_span("GET /v1/models", kind=SpanKind.SERVER, links=[link]) as span:
        span.set_attributes({"http.response.status_code": 200, "ratio": 0.5, "ok": True, "list": ["a", "b"]})
        try:
            with tracer.start_as_current_span("call", kind=SpanKind.CLIENT) as child:
                child.set_attribute("url.full", "http://provider/v1?api_key=hunter2&x=1")
                child.set_attribute("gen_ai.prompt", "hunter2")
                raise ValueError("refused Bearer hunter2abc9")
        except ValueError:
            pass
    return exporter.get_finished_spans()


def test_otlp_json_has_the_shape_of_the_file_exporter() -> None:
    request = json.loads(encode(finished()))
    child, parent = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert request["resourceSpans"][0]["scopeSpans"][0]["scope"] == {"name": "CodeAgent.API", "version": "1.0"}
    assert request["resourceSpans"][0]["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "CodeAgent.Gateway"}}
    ]
    assert child["parentSpanId"] == parent["spanId"]
    assert child["traceId"] == parent["traceId"]
    assert (parent["kind"], child["kind"]) == (2, 3)
    assert "parentSpanId" not in parent
    assert int(parent["endTimeUnixNano"]) > int(parent["startTimeUnixNano"])
    assert child["status"]["code"] == 2
    assert child["events"][0]["name"] == "exception"
    assert parent["links"][0]["spanId"] == "0000000000000004"
    values = {attribute["key"]: attribute["value"] for attribute in parent["attributes"]}
    assert values["http.response.status_code"] == {"intValue": "200"}
    assert values["ratio"] == {"doubleValue": 0.5}
    assert values["ok"] == {"boolValue": True}
    assert values["list"] == {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}}


def test_secrets_are_masked_in_attributes_events_status_and_urls_and_the_rest_stays() -> None:
    before = finished()[0]
    after = masked(before, Masker())
    assert "hunter2" not in encode([after]).decode()
    assert after.attributes is not None
    assert after.attributes["url.full"] == "http://provider/v1?api_key=***&x=1"
    assert after.get_span_context() == before.get_span_context()
    assert (after.parent, after.start_time, after.end_time) == (before.parent, before.start_time, before.end_time)
    assert after.status.status_code is before.status.status_code


def test_a_span_without_secrets_is_not_copied() -> None:
    span = finished()[1]
    assert masked(span, Masker()) is span


def test_exporters_work_side_by_side_and_one_that_fails_does_not_hurt_the_other(tmp_path: Path) -> None:
    class Broken(InMemorySpanExporter):
        def export(self, spans: object) -> object:  # type: ignore[override]
            raise OSError("unreachable")

    settings = Settings(trace_folder=tmp_path, sampler_argument=1.0)
    provider = build(settings, Resource({}), [Broken()])
    with provider.get_tracer("t").start_as_current_span("kept"):
        pass
    provider.shutdown()
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert '"kept"' in written


def test_the_console_is_for_development_only() -> None:
    with pytest.raises(ValueError, match="Development"):
        build(Settings(trace_console=True), Resource({}))
    build(Settings(trace_console=True, environment="Development"), Resource({})).shutdown()


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_an_unreachable_collector_does_not_hold_the_service_up(protocol: str) -> None:
    provider = build(Settings(otlp_endpoint="http://127.0.0.1:9", otlp_protocol=protocol), Resource({}))
    provider.get_tracer("t").start_span("x").end()


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="grpc or http/protobuf"):
        build(Settings(otlp_endpoint="http://x:1", otlp_protocol="pigeon"), Resource({}))
