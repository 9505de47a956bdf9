"""Spans as Jaeger keeps them, indices `jaeger-span-*` and the data stream `jaeger.spans` of Jaeger 2.

Sources: jaegertracing/jaeger internal/storage/elasticsearch/dbmodel/model.go (members; times and durations are
microseconds), esclient/index_templates/jaeger-span.json (nested `tags`, or `tag.*` with `@` for dots when tags are
kept as fields) and the OpenTelemetry mapping to Jaeger (`span.kind`, `error`, `otel.status_code` as tags).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.stores.documents.document import Place, child, dig, texts
from queries.stores.documents.log_layout import places
from queries.stores.documents.values import KINDS, kind_of, objects, status_of, whole
from queries.stores.elastic.dsl import Query, every, none_of, some
from queries.stores.elastic.trace_layout import Part, TraceLayout
from queries.traces.types import Span, SpanEvent, SpanLink, Status

_MICRO: Final = 1_000
_DOT: Final = "@"  # Jaeger's --es.tags-as-fields.dot-replacement
_NUMBERS: Final = {"int64": int, "float64": float}
# Tags that say what a span has members for.
_MEMBERS: Final = frozenset(
    ("span.kind", "otel.status_code", "otel.status_description", "otel.scope.name", "otel.library.name", "error")
)


def _span(source: Mapping[str, Any]) -> Span | None:
    trace_id = texts(source.get("traceID"))
    if "startTime" not in source or not trace_id:
        return None
    tags = _tags(source)
    resource = {"service.name": texts(dig(source, "process.serviceName")), **_tags(child(source, "process"))}
    parent, links = _references(source, trace_id)
    return Span(
        trace_id=trace_id,
        span_id=texts(source.get("spanID")),
        parent_id=parent,
        name=texts(source.get("operationName")),
        service=resource["service.name"],
        start_ns=whole(source["startTime"]) * _MICRO,
        duration_ns=whole(source.get("duration")) * _MICRO,
        kind=kind_of(tags.get("span.kind")),
        status=_status(tags),
        status_message=texts(tags.get("otel.status_description")),
        attributes={name: value for name, value in tags.items() if name not in _MEMBERS},
        resource=resource,
        events=tuple(_event(item) for item in objects(source.get("logs"))),
        links=links,
        scope=texts(tags.get("otel.scope.name") or tags.get("otel.library.name")),
    )


def _tags(source: Mapping[str, Any]) -> dict[str, Any]:
    """Both ways to keep tags together."""
    as_fields = {name.replace(_DOT, "."): value for name, value in child(source, "tag").items()}
    return {**as_fields, **_pairs(source.get("tags"))}


def _pairs(listed: Any) -> dict[str, Any]:
    return {texts(item.get("key")): _value(item) for item in objects(listed)}


def _value(pair: Mapping[str, Any]) -> Any:
    """The value in its own type; Jaeger 1 wrote all of them as texts."""
    value, kind = pair.get("value"), pair.get("type")
    if isinstance(value, str) and kind == "bool":
        return value == "true"
    if isinstance(value, str) and kind in _NUMBERS:
        try:
            return _NUMBERS[kind](value)
        except ValueError:
            return value
    return value


def _status(tags: Mapping[str, Any]) -> Status:
    if "otel.status_code" in tags:
        return status_of(tags["otel.status_code"])
    return "error" if tags.get("error") in (True, "true") else "unset"


def _references(source: Mapping[str, Any], trace_id: str) -> tuple[str, tuple[SpanLink, ...]]:
    """The parent and the other references as links.

    The parent is the first in its own trace that it is a child of, else the first there that it follows from.
    """
    references = [SpanLink(texts(entry.get("traceID")), texts(entry.get("spanID"))) for entry in _ordered(source)]
    own = [reference.span_id for reference in references if reference.trace_id == trace_id]
    parent = texts(source.get("parentSpanID")) or next(iter(own), "")
    above = SpanLink(trace_id, parent)
    return ("" if not parent.strip("0") else parent), tuple(reference for reference in references if reference != above)


def _ordered(source: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(objects(source.get("references")), key=lambda item: item.get("refType") != "CHILD_OF")


def _event(log: Mapping[str, Any]) -> SpanEvent:
    fields = _pairs(log.get("fields"))
    name = texts(fields.pop("event", ""))
    return SpanEvent(whole(log.get("timestamp")) * _MICRO, name, fields)


def _own(name: str) -> tuple[Place, ...]:
    flat = name.replace(".", _DOT)
    return (
        Place("tags.value", (("tags.key", name),)),
        Place(f"tag.{flat}"),
        Place("process.tags.value", (("process.tags.key", name),)),
        Place(f"process.tag.{flat}"),
    )


def _tagged(name: str, *values: str) -> Query:
    """Spans with a tag, kept either way."""
    inner = every([{"term": {"tags.key": name}}, {"terms": {"tags.value": list(values)}}])
    nested = {"nested": {"path": "tags", "query": inner, "ignore_unmapped": True}}
    return some([nested, {"terms": {f"tag.{name.replace('.', _DOT)}": list(values)}}])


_REFERRING: Final[Query] = {
    "nested": {"path": "references", "query": {"exists": {"field": "references.spanID"}}, "ignore_unmapped": True}
}

JAEGER: Final = TraceLayout(
    name="jaeger",
    index="jaeger-span-*,*-jaeger-span-*,jaeger.spans*,*-jaeger.spans*",
    marks=("startTimeMillis", "operationName"),
    time="startTime",
    unit=_MICRO,
    parts=(Part({"exists": {"field": "spanID"}}, "duration", "operationName", "spanID"),),
    places=places(
        trace_id="traceID", service="process.serviceName",
        parent_id=(Place("references.spanID"), Place("parentSpanID")),
        scope=_own("otel.scope.name")[:2], status_message=_own("otel.status_description")[:2],
    ),
    own=_own,
    prefixes=(),
    valued=("tags.value", "process.tags.value", "tag.", "process.tag."),
    brief=(
        "traceID", "spanID", "parentSpanID", "operationName", "startTime", "duration", "references", "tags", "tag",
        "process.serviceName",
    ),
    root={"bool": {"must_not": [_REFERRING, {"exists": {"field": "parentSpanID"}}]}},
    kinds={kind: _tagged("span.kind", kind) for kind in KINDS},
    statuses={
        "ok": _tagged("otel.status_code", "OK", "Ok"),
        "error": some([
            _tagged("otel.status_code", "ERROR", "Error"),
            every([_tagged("error", "true"), none_of(_tagged("otel.status_code", "OK", "Ok"))]),
        ]),
    },
    span=_span,
    lists_are_text=True,
)  # fmt: skip
