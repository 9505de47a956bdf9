"""Spans as the collector's Elasticsearch exporter writes them in its mapping modes none, raw and ecs: `traces-*`.

Sources: open-telemetry/opentelemetry-collector-contrib exporter/elasticsearchexporter model.go (names of members,
durations in microseconds, links as JSON in a text) and its README (raw leaves out the prefixes of attributes and
events; ecs makes objects of names with dots). Events with one name in a span are one: the exporter keeps the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from queries.stores.documents.document import Place, dig, flat, moment, texts
from queries.stores.documents.log_layout import places
from queries.stores.documents.values import KINDS, kind_of, objects, whole
from queries.stores.elastic.dsl import Query, some
from queries.stores.elastic.trace_layout import Part, TraceLayout
from queries.traces.types import Span, SpanEvent, SpanLink, Status

_MICRO: Final = 1_000
_STATUSES: Final[tuple[Status, ...]] = ("unset", "ok", "error")
_ATTRIBUTES, _RESOURCE, _EVENTS = "Attributes.", "Resource.", "Events."
_MEMBERS: Final = frozenset((
    "@timestamp", "EndTimestamp", "TraceId", "SpanId", "ParentSpanId", "Name", "Kind", "TraceStatus",
    "TraceStatusDescription", "Link", "Duration",
))  # fmt: skip
_OTHERS: Final = (_RESOURCE, "Scope.", _EVENTS, "data_stream.")


def _span(source: Mapping[str, Any]) -> Span | None:
    start = moment(source.get("@timestamp"))
    if start is None or not source.get("SpanId"):
        return None
    values = dict(flat(source))
    named = {name: value for name, value in values.items() if name not in _MEMBERS}
    events = dict(_events(named))
    status = whole(source.get("TraceStatus"))
    end = moment(source.get("EndTimestamp"))
    return Span(
        trace_id=texts(source.get("TraceId")),
        span_id=texts(source.get("SpanId")),
        parent_id=texts(source.get("ParentSpanId")),
        name=texts(source.get("Name")),
        service=texts(dig(source, "Resource.service.name")),
        start_ns=start,
        duration_ns=whole(source.get("Duration")) * _MICRO if end is None else end - start,
        kind=kind_of(source.get("Kind")),
        status=_STATUSES[status] if 0 <= status < len(_STATUSES) else "unset",
        status_message=texts(source.get("TraceStatusDescription")),
        attributes=dict(_attributes(named, events)),
        resource={name.removeprefix(_RESOURCE): value for name, value in named.items() if name.startswith(_RESOURCE)},
        events=tuple(sorted(events.values(), key=lambda event: event.at_ns)),
        links=_links(source.get("Link")),
        scope=texts(dig(source, "Scope.name")),
    )


def _events(named: Mapping[str, Any]) -> Iterator[tuple[str, SpanEvent]]:
    """Each event with the prefix of its members: one that has a time of its own."""
    for path, value in named.items():
        prefix = path.removesuffix("time")
        at_ns = moment(value) if prefix != path and prefix.endswith(".") and isinstance(value, str) else None
        if at_ns is None or path.startswith((_ATTRIBUTES, _RESOURCE)):
            continue
        inside = {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}
        del inside["time"]
        # Conventions name the attributes of an exception after the event itself.
        event = prefix.removeprefix(_EVENTS).removesuffix(".")
        yield prefix, SpanEvent(at_ns, event, {_attribute(event, name): inner for name, inner in inside.items()})


def _attribute(event: str, name: str) -> str:
    return f"exception.{name}" if event == "exception" and not name.startswith("exception.") else name


def _attributes(named: Mapping[str, Any], events: Mapping[str, SpanEvent]) -> Iterator[tuple[str, Any]]:
    for name, value in named.items():
        if not name.startswith((*_OTHERS, *events)):
            yield name.removeprefix(_ATTRIBUTES), value


def _links(text: Any) -> tuple[SpanLink, ...]:
    try:
        listed = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return ()
    return tuple(
        SpanLink(texts(item.get("traceID")), texts(item.get("spanID")), item.get("attribute") or {})
        for item in objects(listed)
    )


def _own(name: str) -> tuple[Place, ...]:
    return (Place(f"{_ATTRIBUTES}{name}"), Place(name), Place(f"{_RESOURCE}{name}"))


def _any(name: str, *values: str) -> Query:
    """One of these whole values, whether the field is a keyword or a text with a keyword beside it."""
    return some({"terms": {path: list(values)}} for path in (name, f"{name}.keyword"))


OTLP_TRACES: Final = TraceLayout(
    name="otlp",
    index="traces-*",
    marks=("TraceStatus", "EndTimestamp"),
    time="@timestamp",
    unit=_MICRO,
    parts=(Part({"exists": {"field": "SpanId"}}, "Duration", "Name", "SpanId"),),
    places=places(
        trace_id="TraceId", parent_id="ParentSpanId", service="Resource.service.name", scope="Scope.name",
        status_message="TraceStatusDescription",
    ),
    own=_own,
    prefixes=(_ATTRIBUTES, _RESOURCE),
    brief=(
        "@timestamp", "EndTimestamp", "TraceId", "SpanId", "ParentSpanId", "Name", "Kind", "TraceStatus",
        "TraceStatusDescription", "Duration", "Resource.service.name", "Scope.name",
    ),
    root=some([{"bool": {"must_not": [{"exists": {"field": "ParentSpanId"}}]}}, _any("ParentSpanId", "")]),
    kinds={kind: _any("Kind", f"SPAN_KIND_{kind.upper()}", kind.title(), kind, kind.upper()) for kind in KINDS},
    statuses={"ok": {"term": {"TraceStatus": 1}}, "error": {"term": {"TraceStatus": 2}}},
    span=_span,
)  # fmt: skip
