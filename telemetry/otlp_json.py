"""Finished spans as OTLP JSON: one ExportTraceServiceRequest, as OpenTelemetry's file exporter writes a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from telemetry.lenient_json import dumps

_KINDS = {
    SpanKind.INTERNAL: 1,
    SpanKind.SERVER: 2,
    SpanKind.CLIENT: 3,
    SpanKind.PRODUCER: 4,
    SpanKind.CONSUMER: 5,
}
_STATUS = {StatusCode.UNSET: 0, StatusCode.OK: 1, StatusCode.ERROR: 2}


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    """One line without its end; spans are grouped by resource and by scope. Ids are hexadecimal, times strings."""
    groups: dict[int, tuple[Resource, dict[tuple[str, str], list[dict[str, Any]]]]] = {}
    for span in spans:
        _, scopes = groups.setdefault(id(span.resource), (span.resource, {}))
        scope = span.instrumentation_scope
        key = (scope.name, scope.version or "") if scope else ("", "")
        scopes.setdefault(key, []).append(span_json(span))
    return dumps({"resourceSpans": [_resource_spans(*group) for group in groups.values()]})


def _resource_spans(resource: Resource, scopes: Mapping[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "resource": {"attributes": attributes(resource.attributes)},
        "scopeSpans": [
            {"scope": {"name": name, **({"version": version} if version else {})}, "spans": spans}
            for (name, version), spans in scopes.items()
        ],
    }


def span_json(span: ReadableSpan) -> dict[str, Any]:
    """One span with its events and links."""
    context = span.get_span_context()
    if context is None:
        raise ValueError("The span has no context.")
    content: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_time or 0),
        "endTimeUnixNano": str(span.end_time or 0),
        "attributes": attributes(span.attributes),
        "status": _status(span),
    }
    if span.parent is not None:
        content["parentSpanId"] = f"{span.parent.span_id:016x}"
    if span.events:
        content["events"] = [
            {"timeUnixNano": str(e.timestamp), "name": e.name, "attributes": attributes(e.attributes)}
            for e in span.events
        ]
    if span.links:
        content["links"] = [
            {
                "traceId": f"{link.context.trace_id:032x}",
                "spanId": f"{link.context.span_id:016x}",
                "attributes": attributes(link.attributes),
            }
            for link in span.links
        ]
    return content


def _status(span: ReadableSpan) -> dict[str, Any]:
    code = _STATUS[span.status.status_code]
    status: dict[str, Any] = {"code": code} if code else {}
    if span.status.description:
        status["message"] = span.status.description
    return status


def attributes(values: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Attributes as OTLP's list of keys and typed values."""
    return [{"key": key, "value": _value(value)} for key, value in (values or {}).items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}
