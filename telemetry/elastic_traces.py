"""Spans as documents of Elasticsearch in the collector's OTel mapping, for a set-up without a collector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from telemetry.elastic_bulk import BulkWriter, Document
from telemetry.elastic_http import Cluster, Refused
from telemetry.elastic_names import SPAN_EVENTS, SPANS
from telemetry.spill import Spill

TEMPLATE_NAME: Final = "codeagent-otel"
_BUILT_IN: Final = "traces-otel@template"  # Elastic's own, from version 8.16 on
_KIND: Final = {kind: kind.name.title() for kind in SpanKind}
_STATUS: Final = {StatusCode.UNSET: "Unset", StatusCode.OK: "Ok", StatusCode.ERROR: "Error"}
_KEYWORD: Final = {"type": "keyword", "ignore_above": 1024}
_ATTRIBUTES: Final = {"type": "passthrough", "dynamic": True}
TEMPLATE: Final[dict[str, Any]] = {
    "index_patterns": ["traces-*.otel-*", "logs-*.otel-*"],
    "priority": 210,
    "template": {
        "mappings": {
            "dynamic_templates": [{"strings": {"match_mapping_type": "string", "mapping": _KEYWORD}}],
            "properties": {
                "@timestamp": {"type": "date_nanos"},
                "trace_id": _KEYWORD,
                "span_id": _KEYWORD,
                "parent_span_id": _KEYWORD,
                "name": _KEYWORD,
                "kind": _KEYWORD,
                "duration": {"type": "long"},
                "status": {"properties": {"code": _KEYWORD, "message": {"type": "text"}}},
                "attributes": {**_ATTRIBUTES, "priority": 20},
                "scope": {"properties": {"name": _KEYWORD, "version": _KEYWORD}},
                "resource": {"properties": {"attributes": {**_ATTRIBUTES, "priority": 10}}},
            },
        }
    },
}


class ElasticSpanExporter(SpanExporter):
    """Sends spans in bulk; what the cluster cannot take now waits on disk."""

    def __init__(self, cluster: Cluster, spill: Spill | None) -> None:
        self.writer = BulkWriter(cluster, spill, register_template)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Deliver or keep."""
        lost = self.writer.counts.dropped
        self.writer.write([document.lines() for span in spans for document in documents(span)])
        return SpanExportResult.SUCCESS if self.writer.counts.dropped == lost else SpanExportResult.FAILURE


def register_template(cluster: Cluster) -> None:
    """Put a template of our own where Elastic's is not there."""
    try:
        cluster.call("GET", f"/_index_template/{_BUILT_IN}")
    except Refused:
        cluster.call("PUT", f"/_index_template/{TEMPLATE_NAME}", TEMPLATE)


def documents(span: ReadableSpan) -> list[Document]:
    """The span's document, and one a span event among the logs, as the collector does."""
    context = span.get_span_context()
    if context is None:
        raise ValueError("The span has no context.")
    ids = {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    about = {
        "resource": {"attributes": dict(span.resource.attributes)},
        "scope": {"name": span.instrumentation_scope.name, "version": span.instrumentation_scope.version or ""}
        if span.instrumentation_scope
        else {},
    }
    key = ids["trace_id"] + ids["span_id"]
    documents_ = [Document(SPANS, key, {**_span(span), **ids, **about})]
    return documents_ + [
        Document(SPAN_EVENTS, f"{key}{n}", {**_event(event), **ids, **about}) for n, event in enumerate(span.events)
    ]


def _span(span: ReadableSpan) -> dict[str, Any]:
    start = span.start_time or 0
    source: dict[str, Any] = {
        "@timestamp": millis(start),
        "data_stream": {"type": "traces", "dataset": "generic.otel", "namespace": "default"},
        "name": span.name,
        "kind": _KIND[span.kind],
        "duration": (span.end_time or start) - start,
        "attributes": _plain(span.attributes),
        "status": {"code": _STATUS[span.status.status_code]},
    }
    if span.status.description:
        source["status"]["message"] = span.status.description
    if span.parent is not None:
        source["parent_span_id"] = f"{span.parent.span_id:016x}"
    if span.links:
        source["links"] = [
            {"trace_id": f"{link.context.trace_id:032x}", "span_id": f"{link.context.span_id:016x}"}
            for link in span.links
        ]
    return source


def _event(event: Event) -> dict[str, Any]:
    return {
        "@timestamp": millis(event.timestamp),
        "data_stream": {"type": "logs", "dataset": "generic.otel", "namespace": "default"},
        "event_name": event.name,
        "attributes": _plain(event.attributes),
    }


def _plain(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in (attributes or {}).items()}


def millis(nanoseconds: int) -> str:
    """Milliseconds with the rest as fraction, the collector's way to keep nanoseconds."""
    return f"{nanoseconds // 1_000_000}.{nanoseconds % 1_000_000:06d}"
