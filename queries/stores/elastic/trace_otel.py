"""Spans in the OTel mapping of the collector's Elasticsearch exporter, and of `telemetry/elastic_traces.py`.

Sources: elastic/elasticsearch x-pack/plugin/otel-data component-templates/traces-otel@mappings.yaml and
otel@mappings.yaml (fields and types); open-telemetry/opentelemetry-collector-contrib exporter/elasticsearchexporter
(mapping mode otel: kinds and codes as words, durations in nanoseconds, span events as documents of `logs-*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.stores.documents.document import Place, child, dig, flat, moment, texts
from queries.stores.documents.log_layout import places
from queries.stores.documents.values import KINDS, kind_of, objects, status_of, whole
from queries.stores.elastic.dsl import some
from queries.stores.elastic.trace_layout import Events, Part, TraceLayout
from queries.traces.types import Span, SpanEvent, SpanLink


def _span(source: Mapping[str, Any]) -> Span | None:
    at_ns = moment(source.get("@timestamp"))
    if at_ns is None:
        return None
    resource = dict(flat(child(source, "resource.attributes")))
    return Span(
        trace_id=texts(source.get("trace_id")),
        span_id=texts(source.get("span_id")),
        parent_id=texts(source.get("parent_span_id")),
        name=texts(source.get("name")),
        service=texts(resource.get("service.name")),
        start_ns=at_ns,
        duration_ns=whole(source.get("duration")),
        kind=kind_of(source.get("kind")),
        status=status_of(dig(source, "status.code")),
        status_message=texts(dig(source, "status.message")),
        attributes=dict(flat(child(source, "attributes"))),
        resource=resource,
        links=tuple(_link(item) for item in objects(source.get("links"))),
        scope=texts(dig(source, "scope.name")),
    )


def _link(link: Mapping[str, Any]) -> SpanLink:
    return SpanLink(texts(link.get("trace_id")), texts(link.get("span_id")), dict(flat(child(link, "attributes"))))


def _event(source: Mapping[str, Any]) -> tuple[str, SpanEvent] | None:
    at_ns = moment(source.get("@timestamp"))
    attributes = dict(flat(child(source, "attributes")))
    name = texts(source.get("event_name")) or texts(attributes.get("event.name"))
    attributes.pop("event.name", None)
    return None if at_ns is None else (texts(source.get("span_id")), SpanEvent(at_ns, name, attributes))


def _own(name: str) -> tuple[Place, ...]:
    return (Place(f"attributes.{name}"), Place(f"resource.attributes.{name}"))


OTEL_TRACES: Final = TraceLayout(
    name="otel",
    index="traces-*.otel-*",
    marks=("parent_span_id", "status.code"),
    time="@timestamp",
    unit=1,
    parts=(Part({"exists": {"field": "span_id"}}, "duration", "name", "span_id"),),
    places=places(
        trace_id="trace_id", parent_id="parent_span_id", service="resource.attributes.service.name",
        scope="scope.name", status_message="status.message",
    ),
    own=_own,
    prefixes=("attributes.", "resource.attributes."),
    brief=(
        "@timestamp", "trace_id", "span_id", "parent_span_id", "name", "kind", "duration", "status",
        "resource.attributes.service.name", "scope.name",
    ),
    root={"bool": {"should": [
        {"bool": {"must_not": [{"exists": {"field": "parent_span_id"}}]}}, {"term": {"parent_span_id": ""}},
    ], "minimum_should_match": 1}},
    kinds={kind: {"terms": {"kind": [kind.title(), kind, kind.upper()]}} for kind in KINDS},
    statuses={
        "ok": {"terms": {"status.code": ["Ok", "ok", "OK", "STATUS_CODE_OK"]}},
        "error": {"terms": {"status.code": ["Error", "error", "ERROR", "STATUS_CODE_ERROR"]}},
    },
    span=_span,
    events=Events(
        "logs-*.otel-*", "trace_id", ("span_id",),
        some([{"exists": {"field": "event_name"}}, {"exists": {"field": "attributes.event.name"}}]), _event,
    ),
)  # fmt: skip
