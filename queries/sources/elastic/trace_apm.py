"""Transactions and spans of Elastic APM, data streams `traces-apm*`.

Sources: elastic/elasticsearch x-pack/plugin/apm-data component-templates/traces-apm@mappings.yaml (`processor.event`,
durations in microseconds) and elastic/apm-data input/otlp (approved documents: `timestamp.us`, `event.outcome`, names
of attributes with `_` for dots below `labels` and `numeric_labels`). Microseconds are all that is kept of a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.sources.elastic.document import child, dig, flat, moment, texts
from queries.sources.elastic.dsl import Place, Query
from queries.sources.elastic.log_layout import places
from queries.sources.elastic.trace_layout import Part, TraceLayout
from queries.sources.elastic.values import KINDS, kind_of, objects, whole
from queries.traces.types import Span, SpanLink, Status

_MICRO: Final = 1_000
_OUTCOMES: Final[dict[Status, str]] = {"ok": "success", "error": "failure"}
_RESOURCE: Final = ("service.", "host.", "agent.", "cloud.", "container.", "kubernetes.", "process.")
_ENVELOPE: Final = frozenset((
    "@timestamp", "timestamp.us", "trace.id", "parent.id", "transaction.id", "transaction.name", "span.id", "span.name",
    "span.kind", "transaction.duration.us", "span.duration.us", "processor.event", "processor.name", "event.outcome",
    "data_stream.type", "data_stream.dataset", "data_stream.namespace", "span.links", "ecs.version",
))  # fmt: skip


def _span(source: Mapping[str, Any]) -> Span | None:
    start = whole(dig(source, "timestamp.us")) * _MICRO or moment(source.get("@timestamp"))
    kind = "transaction" if dig(source, "processor.event") == "transaction" or not dig(source, "span.name") else "span"
    if start is None or dig(source, f"{kind}.id") is None:
        return None
    outcome = dig(source, "event.outcome")
    attributes, resource = _attributes(source)
    return Span(
        trace_id=texts(dig(source, "trace.id")), span_id=texts(dig(source, f"{kind}.id")),
        parent_id=texts(dig(source, "parent.id")), name=texts(dig(source, f"{kind}.name")),
        service=texts(dig(source, "service.name")), start_ns=start,
        duration_ns=whole(dig(source, f"{kind}.duration.us")) * _MICRO, kind=kind_of(dig(source, "span.kind")),
        status=next((status for status, word in _OUTCOMES.items() if word == outcome), "unset"),
        attributes=attributes, resource=resource,
        links=tuple(_link(one) for one in objects(dig(source, "span.links"))),
        scope=texts(dig(source, "service.framework.name")),
    )  # fmt: skip


def _attributes(source: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Labels under their own name, the known fields under theirs."""
    attributes = {**child(source, "labels"), **child(source, "numeric_labels")}
    resource: dict[str, Any] = {}
    for path, value in flat(source):
        if path in _ENVELOPE or path.startswith(("labels.", "numeric_labels.")):
            continue
        (resource if path.startswith(_RESOURCE) else attributes)[path] = value
    return attributes, resource


def _link(link: Mapping[str, Any]) -> SpanLink:
    return SpanLink(texts(dig(link, "trace.id")), texts(dig(link, "span.id")))


def _own(name: str) -> tuple[Place, ...]:
    # apm-data replaces what has a meaning in Elasticsearch.
    label = "".join("_" if char in '.*"' else char for char in name)
    return (Place(name), Place(f"labels.{label}"), Place(f"numeric_labels.{label}"))


def _only(event: str) -> Query:
    return {"term": {"processor.event": event}}


APM: Final = TraceLayout(
    name="apm",
    index="traces-apm*",
    marks=("transaction.duration.us", "span.duration.us"),
    time="timestamp.us",
    unit=_MICRO,
    parts=(
        Part(_only("transaction"), "transaction.duration.us", "transaction.name", "transaction.id"),
        Part(_only("span"), "span.duration.us", "span.name", "span.id"),
    ),
    places=places(trace_id="trace.id", parent_id="parent.id", service="service.name", scope="service.framework.name"),
    own=_own,
    prefixes=("labels.", "numeric_labels."),
    brief=(
        "@timestamp", "timestamp.us", "trace.id", "parent.id", "transaction.id", "transaction.name", "span.id",
        "span.name", "span.kind", "transaction.duration.us", "span.duration.us", "processor.event", "event.outcome",
        "service.name", "service.framework.name",
    ),
    root={"bool": {"must_not": [{"exists": {"field": "parent.id"}}]}},
    kinds={kind: {"terms": {"span.kind": [kind.upper(), kind, kind.title()]}} for kind in KINDS},
    statuses={status: {"term": {"event.outcome": word}} for status, word in _OUTCOMES.items()},
    span=_span,
    coarse="@timestamp",
)  # fmt: skip
