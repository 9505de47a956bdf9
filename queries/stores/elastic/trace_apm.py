"""Transactions and spans of Elastic APM, data streams `traces-apm*`, and its errors, `logs-apm.error*`.

Sources: elastic/elasticsearch x-pack/plugin/apm-data component-templates/traces-apm@mappings.yaml (`processor.event`,
durations in microseconds) and elastic/apm-data input/otlp (approved documents: `timestamp.us`, `event.outcome`, names
of attributes with `_` for dots below `labels` and `numeric_labels`; error.exception is a list, the cause behind what it
caused). Microseconds are all that is kept of a time; where `timestamp.us` is absent, `@timestamp` has milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from queries.stores.documents.document import Place, child, dig, flat, moment, texts
from queries.stores.documents.log_layout import places
from queries.stores.documents.values import KINDS, kind_of, objects, whole
from queries.stores.elastic.dsl import Query, every, none_of, some
from queries.stores.elastic.trace_layout import Events, Part, TraceLayout
from queries.traces.types import Span, SpanEvent, SpanLink, Status

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
        trace_id=texts(dig(source, "trace.id")),
        span_id=texts(dig(source, f"{kind}.id")),
        parent_id=texts(dig(source, "parent.id")),
        name=texts(dig(source, f"{kind}.name")),
        service=texts(dig(source, "service.name")),
        start_ns=start,
        duration_ns=whole(dig(source, f"{kind}.duration.us")) * _MICRO,
        kind=kind_of(dig(source, "span.kind")),
        status=next((status for status, word in _OUTCOMES.items() if word == outcome), "unset"),
        attributes=attributes,
        resource=resource,
        links=tuple(_link(item) for item in objects(dig(source, "span.links"))),
        scope=texts(dig(source, "service.framework.name")),
    )


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


def _error(source: Mapping[str, Any]) -> tuple[str, SpanEvent] | None:
    """An error as the event of its span; the id is empty where only the trace is known."""
    at_ns = whole(dig(source, "timestamp.us")) * _MICRO or moment(source.get("@timestamp"))
    if at_ns is None:
        return None
    exceptions = objects(dig(source, "error.exception"))
    first = exceptions[0] if exceptions else child(source, "error.log")
    exception = {
        "exception.type": texts(first.get("type") or dig(source, "error.type")),
        "exception.message": texts(first.get("message") or dig(source, "error.message")),
        "exception.stacktrace": texts(dig(source, "error.stack_trace")) or _stack(exceptions),
    }
    about = {f"error.{name}": texts(dig(source, f"error.{name}")) for name in ("culprit", "id", "log.level")}
    attributes = {name: value for name, value in {**exception, **about}.items() if value}
    span_id = texts(dig(source, "parent.id") or dig(source, "transaction.id"))
    return span_id, SpanEvent(at_ns, "exception", attributes)


def _stack(exceptions: Sequence[Mapping[str, Any]]) -> str:
    """The frames of all exceptions as people read them, the causes behind what they caused."""
    blocks = []
    for error in exceptions:
        frames = [_frame(frame) for frame in objects(error.get("stacktrace"))]
        title = ": ".join(part for part in (texts(error.get("type")), texts(error.get("message"))) if part)
        blocks.append("\n".join([title, *frames]))
    return "\nCaused by: ".join(blocks) if "\n" in "\n".join(blocks) else ""


def _frame(frame: Mapping[str, Any]) -> str:
    function = texts(frame.get("function")) or "(unknown)"
    owner = texts(frame.get("classname") or frame.get("module"))
    file, line = texts(frame.get("filename") or frame.get("abs_path")), texts(dig(frame, "line.number"))
    return f"    at {owner + '.' if owner else ''}{function} ({':'.join(part for part in (file, line) if part)})"


def _own(name: str) -> tuple[Place, ...]:
    # apm-data replaces what has a meaning in Elasticsearch.
    label = "".join("_" if char in '.*"' else char for char in name)
    return (Place(name), Place(f"labels.{label}"), Place(f"numeric_labels.{label}"))


def _only(event: str) -> Query:
    """Documents of that kind; where nobody wrote the kind, those with its duration."""
    silent = every([none_of({"exists": {"field": "processor.event"}}), {"exists": {"field": f"{event}.duration.us"}}])
    return some([{"term": {"processor.event": event}}, silent])


APM: Final = TraceLayout(
    name="apm",
    index="traces-apm*,apm-*",
    marks=("transaction.duration.us", "span.duration.us"),
    time="@timestamp",
    fine="timestamp.us",
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
    events=Events(
        "logs-apm.error*,apm-*", "trace.id", ("parent.id", "transaction.id"), {"term": {"processor.event": "error"}},
        _error,
    ),
    entries=_only("transaction"),
)  # fmt: skip
