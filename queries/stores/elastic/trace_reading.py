"""Whole traces, points of a scatter, and spans for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.search.results import Count, Position, Range, text_of
from queries.stores.elastic import paging
from queries.stores.elastic.client import Answer, Cluster
from queries.stores.elastic.dsl import Query, every, some
from queries.stores.elastic.trace_fields import TraceFields, whole_trace
from queries.stores.elastic.trace_layout import Events
from queries.traces.identity import SERVING
from queries.traces.service_map import PEERS, MapSpan, peer_of
from queries.traces.types import Span, SpanEvent

MOST_SPANS: Final = 50_000  # of one trace
MAPPED: Final = 20_000  # newest spans that the service map joins; a second of work
_PART: Final = 5_000
_EVENTS: Final = 5_000
_TOLD: Final = 5  # events without a span that are listed one by one


def read_spans(
    cluster: Cluster,
    index: str,
    fields: TraceFields,
    where: Query,
    most: int,
    source: Any,
    rising: bool,
    deadline: Deadline,
) -> tuple[list[Span], Count, list[Answer]]:
    """Spans by time, in parts, and how many there are; stops early when half of the time is gone."""
    spans: list[Span] = []
    answers: list[Answer] = []
    kind = fields.caps.kind(fields.layout.time)
    half = deadline.earlier(deadline.remaining / 2)
    behind: Position | None = None
    while len(spans) < most:
        part = paging.Slice(fields.layout.time, kind, rising, min(_PART, most - len(spans)), behind)
        body: dict[str, Any] = {"query": where, "_source": source, "track_total_hits": not answers}
        hits, answer = paging.read(cluster, index, part, body, deadline)
        answers.append(answer.with_hits(hits))
        spans += [span for hit in hits if (span := fields.layout.span(hit.get("_source", {})))]
        if len(hits) < part.size or half.passed:
            break
        behind = paging.position(hits[-1], kind)
    return spans, answers[0].total, answers


def left_out(spans: Sequence[Span], total: Count, answers: Sequence[Answer], most: int) -> tuple[str, ...]:
    """Why spans that are there are not among these, as sentences."""
    read = sum(len(answer.hits) for answer in answers)
    unreadable, beyond = read - len(spans), total.value - read
    notes = []
    if unreadable > 0:
        words = "span has no time or no id and is" if unreadable == 1 else "spans have no time or no id and are"
        notes.append(f"{unreadable:,} {words} not shown.")
    if beyond > 0:
        reason = f"only {most:,} are read" if read >= most else "there was no time to read them"
        notes.append(f"{beyond:,} more {'span is' if beyond == 1 else 'spans are'} not shown: {reason}.")
    return tuple(notes)


def read_events(
    cluster: Cluster, events: Events, trace_ids: Sequence[str], span_id: str, deadline: Deadline
) -> tuple[dict[str, list[SpanEvent]], list[Answer]]:
    """Events by span, of whole traces or of one span; `events_left_out` tells how many are not there."""
    conditions: list[Query] = [{"terms": {events.trace_id: list(trace_ids)}}, events.only]
    if span_id:
        conditions.append(some({"term": {name: span_id}} for name in events.span_ids))
    answer = cluster.search(
        events.index,
        {"query": every(conditions), "size": _EVENTS, "sort": ["_doc"], "track_total_hits": True},
        deadline,
    )
    by_span: dict[str, list[SpanEvent]] = {}
    for hit in answer.hits:
        event = events.event(hit.get("_source", {}))
        if event:
            by_span.setdefault(event[0], []).append(event[1])
    return {span: sorted(listed, key=lambda entry: entry.at_ns) for span, listed in by_span.items()}, [answer]


def events_left_out(answers: Sequence[Answer]) -> tuple[str, ...]:
    """What people should know about events that were not read."""
    left = sum(max(0, answer.total.value - len(answer.hits)) for answer in answers)
    return (f"{left:,} more events of the spans are not shown.",) if left else ()


def events_elsewhere(events: Mapping[str, Sequence[SpanEvent]], spans: Sequence[Span]) -> tuple[str, ...]:
    """What happened in the trace, but in none of its spans that are there, as sentences."""
    known = {span.span_id for span in spans}
    lost = sorted(
        (entry for span_id, listed in events.items() if span_id not in known for entry in listed),
        key=lambda entry: entry.at_ns,
    )
    notes = [f"In no span that is there: {_event_text(event)}" for event in lost[:_TOLD]]
    more = len(lost) - _TOLD
    return (*notes, *([f"{more:,} more events are in no span that is there."] if more > 0 else ()))


def _event_text(event: SpanEvent) -> str:
    kind, message = (text_of(event.attributes.get(f"exception.{name}", "")) for name in ("type", "message"))
    return ": ".join(part for part in (kind or event.name or "event", message[:200]) if part) + "."


def with_events(spans: Sequence[Span], events: Mapping[str, Sequence[SpanEvent]]) -> list[Span]:
    """The spans with their events; of spans that share an id, those that serve the call have them."""
    serving = {span.span_id for span in spans if span.kind in SERVING}
    return [
        replace(span, events=(*span.events, *listed))
        if (listed := events.get(span.span_id)) and (span.kind in SERVING or span.span_id not in serving)
        else span
        for span in spans
    ]


def brief(span: Span) -> Span:
    """The span without what was not fetched."""
    return replace(span, attributes={}, resource={}, events=(), links=(), has_details=False)


def trace_query(fields: TraceFields, trace_id: str, near: Range | None) -> Query:
    """Spans of one trace."""
    condition = whole_trace(fields, [trace_id])
    return every([condition, fields.within(near)]) if near else condition


def map_source(fields: TraceFields) -> list[str]:
    """What the map needs of a span."""
    return [*fields.layout.brief, *(place.path for name in PEERS for place in fields.layout.own(name))]


def map_spans(spans: Sequence[Span]) -> list[MapSpan]:
    """Spans as the map joins them."""
    return [
        MapSpan(
            span.trace_id,
            span.span_id,
            span.parent_id,
            span.service,
            span.kind,
            span.duration_ns,
            span.is_error,
            _peer(span),
            span.start_ns,
        )
        for span in spans
    ]


def _peer(span: Span) -> str:
    """Whom a span calls; labels of APM have underscores for dots."""
    if span.kind not in ("client", "producer"):
        return ""
    attributes = {name: span.attributes.get(name, span.attributes.get(name.replace(".", "_"))) for name in PEERS}
    return peer_of(attributes)


def scatter_bodies(fields: Sequence[TraceFields], wheres: Sequence[Query], limit: int) -> list[dict[str, Any]]:
    """The slowest, the failed and an even sample of each part."""
    third = max(1, limit // 3 // len(fields))
    bodies: list[dict[str, Any]] = []
    for field, where in zip(fields, wheres, strict=True):
        source = {"size": third, "_source": list(field.layout.brief), "track_total_hits": False}
        slow = {"query": where, "sort": [{field.part.duration: {"order": "desc", "unmapped_type": "long"}}]}
        failed = _even(every([where, field.layout.statuses["error"]]))
        bodies += [
            {**slow, **source},
            {"query": failed, **source},
            {"query": _even(where), **source, "size": limit // len(fields)},
        ]
    return bodies


def _even(where: Query) -> Query:
    """Matching documents by chance, the same each time; filters have no score that chance could be multiplied by."""
    chance = {"seed": 1, "field": "_seq_no"}
    return {"function_score": {"query": where, "random_score": chance, "boost_mode": "replace"}}
