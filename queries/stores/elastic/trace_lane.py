"""The traces of one layout in Elasticsearch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Count, Facet, FieldList, Range, StandOuts
from queries.stores.elastic.aggs import buckets
from queries.stores.elastic.client import NAME, Answer, Cluster, quality
from queries.stores.elastic.dsl import Query, every, none_of, some
from queries.stores.elastic.known import Finder, Found
from queries.stores.elastic.trace_asking import (
    count_body,
    count_of,
    operations_body,
    operations_of,
    services_body,
    services_of,
    summaries,
    summary_body,
)
from queries.stores.elastic.trace_fields import TraceFields, condition, parts_of, whole_trace
from queries.stores.elastic.trace_groups import span_field_list, span_stand_out, span_values
from queries.stores.elastic.trace_layout import TraceLayout
from queries.stores.elastic.trace_pages import Selection, first_hits
from queries.stores.elastic.trace_reading import (
    MAPPED,
    MOST_SPANS,
    brief,
    events_elsewhere,
    events_left_out,
    left_out,
    map_source,
    map_spans,
    read_events,
    read_spans,
    scatter_bodies,
    trace_query,
    with_events,
)
from queries.stores.elastic.trace_tops import TopFinder
from queries.traces.identity import span_id_of, span_of
from queries.traces.service_map import service_edges
from queries.traces.types import (
    Dot,
    OperationList,
    Scatter,
    ServiceList,
    ServiceMap,
    Span,
    Trace,
    TraceList,
    TracePage,
    TracePaging,
    TraceQuery,
    TraceSummary,
)

_FAILED: Final = 10_000  # traces
_CLOSE: Final = 10  # spans beside the median on either side


class TraceLane:
    """`TraceStore` over the documents of one layout. Safe for threads, and for any number of processes."""

    name = NAME

    def __init__(self, cluster: Cluster, layout: TraceLayout, index: str = "") -> None:
        self._cluster = cluster
        self._finder: Finder[TraceLayout] = Finder(cluster, [layout], index, layout.name)
        self._tops = TopFinder(cluster)

    def found(self, deadline: Deadline) -> Found[TraceLayout]:
        """Where its documents lie. Raises SourceUnavailable."""
        return self._finder.find(deadline)

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        if not parts[0].found("trace_id"):
            return TracePage((), Count(0), quality=quality([], begun, found.notes))
        wheres = [condition(query, one) for one in parts]
        chosen = [Selection(one, where, paging.sort) for one, where in zip(parts, wheres, strict=True)]
        hits, onward, answers = first_hits(self._cluster, found.index, chosen, paging, deadline)
        spans = [hit.span for hit in hits]
        bodies = [summary_body(parts[0], spans, query.range), count_body(parts[0], some(wheres))]
        about, counted = self._ask(found, bodies, deadline)
        whole = quality([*answers, about, counted], begun, [*found.notes, *parts[0].tops.notes])
        return TracePage(tuple(summaries(parts[0], spans, about)), count_of(counted), onward, whole)

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        answers = self._ask(found, [services_body(one, condition(query, one), limit) for one in parts], deadline)
        services, others = services_of(answers, limit)
        return ServiceList(services, others, quality(answers, begun, found.notes))

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        answers = self._ask(found, [operations_body(one, condition(query, one), limit) for one in parts], deadline)
        operations, others = operations_of(parts, answers, limit)
        return OperationList(operations, others, quality(answers, begun, found.notes))

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace, by start."""
        begun, found, trace_id = time.monotonic(), self._finder.find(deadline), trace_id.lower()
        fields = parts_of(found.layout, found.caps)[0]
        source: Any = True if details else list(found.layout.brief)
        where = trace_query(fields, trace_id, near)
        spans, total, answers = read_spans(
            self._cluster, found.index, fields, where, MOST_SPANS, source, True, deadline
        )
        said = left_out(spans, total, answers, MOST_SPANS)
        if not spans:
            raise InvalidInput(
                "trace", "There is no such trace (any more).", " ".join(said) or "It may have been deleted."
            )
        if details and found.layout.events:
            events, more = read_events(self._cluster, found.layout.events, [trace_id], "", deadline)
            said = (*said, *events_left_out(more), *events_elsewhere(events, spans))
            spans, answers = with_events(spans, events), [*answers, *more]
        else:
            spans = spans if details else [brief(span) for span in spans]
        ordered = sorted(spans, key=lambda one: (one.start_ns, one.span_id))
        missing = max(0, total.value - len(spans))
        return Trace(trace_id, tuple(ordered), missing, quality(answers, begun, [*found.notes, *said]))

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        fields, ids = parts_of(found.layout, found.caps)[0], list(dict.fromkeys(each.lower() for each in trace_ids))
        if not ids or not fields.found("trace_id"):
            return TraceList((), quality([], begun, found.notes))
        where = whole_trace(fields, ids)
        spans, total, answers = read_spans(self._cluster, found.index, fields, where, MOST_SPANS, True, True, deadline)
        said = left_out(spans, total, answers, MOST_SPANS)
        if spans and found.layout.events:
            events, more = read_events(self._cluster, found.layout.events, ids, "", deadline)
            spans, answers, said = with_events(spans, events), [*answers, *more], (*said, *events_left_out(more))
        ordered = sorted(spans, key=lambda one: (one.start_ns, one.span_id))
        by_id: dict[str, list[Span]] = {each: [] for each in ids}
        for span in ordered:
            by_id.setdefault(span.trace_id.lower(), []).append(span)
        whole = quality(answers, begun, [*found.notes, *said])
        return TraceList(tuple(Trace(each, tuple(by_id[each]), 0, whole) for each in ids if by_id[each]), whole)

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has."""
        found, trace_id, span_id = self._finder.find(deadline), trace_id.lower(), span_id_of(key.lower())
        fields = parts_of(found.layout, found.caps)
        ids = some({"term": {place.whole: span_id}} for one in fields for place in one.found("span_id") if place.whole)
        where = every([trace_query(fields[0], trace_id, None), ids])
        spans, _, _ = read_spans(self._cluster, found.index, fields[0], where, 100, True, True, deadline)
        span = span_of([one for one in spans if one.span_id == span_id], key.lower())
        if span is None:
            raise InvalidInput("span", "There is no such span (any more).", "It may have been deleted.")
        if not found.layout.events:
            return span
        events, _ = read_events(self._cluster, found.layout.events, [trace_id], span_id, deadline)
        return with_events([span], events)[0]

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        wheres = [condition(query, one) for one in parts]
        source, newest = list(found.layout.brief), some(wheres)
        spans, total, answers = read_spans(self._cluster, found.index, parts[0], newest, limit, source, False, deadline)
        if total.value > limit:
            answers += self._ask(found, scatter_bodies(parts, wheres, limit), deadline)
            spans = _spans(found.layout, answers[-3 * len(parts) :])
        dots = list(dict.fromkeys(_dot(span) for span in spans))[:limit]
        return Scatter(tuple(sorted(dots, key=lambda one: one.start_ns)), total, quality(answers, begun, found.notes))

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """A percentile of the matching spans' durations, as the cluster estimates it."""
        found = self._finder.find(deadline)
        durations = [self._percentile(found, one, condition(query, one), percent, deadline)
                     for one in self._parts(found, query, deadline)]  # fmt: skip
        known = [each for each in durations if each is not None]
        return int(max(known) * found.layout.unit) if known else None

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """A trace whose matching span is close to the median duration, free of errors."""
        found = self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        if not parts[0].found("trace_id"):
            return None
        fine = self._fine(found, parts[0], query.range, but, deadline)
        for one in parts:
            summary = self._typical(found, one, every([condition(query, one), fine]), query, deadline)
            if summary:
                return summary
        return None

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom, out of the newest spans."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = parts_of(found.layout, found.caps)
        where = some(every([one.part.only, one.within(range_)]) for one in parts)
        spans, total, answers = read_spans(
            self._cluster, found.index, parts[0], where, MAPPED, map_source(parts[0]), False, deadline
        )
        nodes, edges = service_edges(map_spans(spans))
        left = (
            [f"Only the newest {len(spans):,} of {total.value:,} spans are joined."] if len(spans) < total.value else []
        )
        return ServiceMap(nodes, edges, len(spans), total, quality(answers, begun, [*found.notes, *left]))

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes there are."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        where = some(condition(query, one) for one in parts)
        spans, _, answers = read_spans(self._cluster, found.index, parts[0], where, 200, True, False, deadline)
        return replace(span_field_list(parts[0], spans, limit), quality=quality(answers, begun, found.notes))

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with the prefix."""
        found = self._finder.find(deadline)
        parts = self._parts(found, query, deadline)
        return span_values(self._cluster, found.index, parts, query, field, prefix, size, deadline)

    def stand_out(self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline) -> StandOuts:
        """Tags that tell the selection from the rest."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(found, around, deadline)
        return span_stand_out(self._cluster, found.index, parts, selection, around, size, begun, found.notes, deadline)

    def close(self) -> None:
        """Nothing: the connections are whoever's who made them."""

    def _parts(self, found: Found[TraceLayout], query: TraceQuery, deadline: Deadline) -> tuple[TraceFields, ...]:
        """The fields of every part; with the spans that stand for roots where only roots are asked."""
        tops = self._tops.find(found, query.range, deadline) if query.only else None
        return parts_of(found.layout, found.caps, tops)

    def _ask(self, found: Found[TraceLayout], bodies: Sequence[Mapping[str, Any]], deadline: Deadline) -> list[Answer]:
        return self._cluster.search_all([(found.index, body) for body in bodies], deadline)

    def _fine(
        self, found: Found[TraceLayout], fields: TraceFields, range_: Range, but: str, deadline: Deadline
    ) -> Query:
        """Neither `but` nor the traces in which something failed, as far as there is room to name them."""
        ids = fields.found("trace_id")[0].whole
        where = every([fields.within(range_), found.layout.statuses["error"]])
        aggs = {"failed": {"terms": {"field": ids, "size": _FAILED}}}
        answer = self._ask(found, [{"query": where, "size": 0, "track_total_hits": False, "aggs": aggs}], deadline)[0]
        failed = [key for key, _ in buckets(answer.aggregations.get("failed", {}))]
        return none_of({"terms": {ids: [*failed, but]}})

    def _percentile(
        self, found: Found[TraceLayout], fields: TraceFields, where: Query, percent: float, deadline: Deadline
    ) -> float | None:
        """In the documents' own unit."""
        agg = {"percentiles": {"field": fields.part.duration, "percents": [percent], "keyed": False}}
        (answer,) = self._ask(found, [{"size": 0, "query": where, "aggs": {"p": agg}}], deadline)
        values = answer.aggregations.get("p", {}).get("values", [])
        return float(values[0]["value"]) if values and values[0]["value"] is not None else None

    def _typical(
        self, found: Found[TraceLayout], fields: TraceFields, where: Query, query: TraceQuery, deadline: Deadline
    ) -> TraceSummary | None:
        duration, median = fields.part.duration, self._percentile(found, fields, where, 50, deadline)
        if median is None:
            return None
        bodies = [
            {"query": every([where, {"range": {duration: {side: median}}}]), "size": _CLOSE,
             "_source": list(found.layout.brief), "sort": [{duration: way}], "track_total_hits": False}
            for side, way in (("gte", "asc"), ("lt", "desc"))
        ]  # fmt: skip
        spans = _spans(found.layout, self._ask(found, bodies, deadline))
        spans.sort(key=lambda one: (abs(one.duration_ns - median * found.layout.unit), one.trace_id))
        distinct = list({span.trace_id: span for span in reversed(spans)}.values())[::-1]
        about = self._ask(found, [summary_body(fields, distinct, query.range)], deadline)[0]
        return next((one for one in summaries(fields, distinct, about) if not one.errors), None)


def _spans(layout: TraceLayout, answers: Sequence[Answer]) -> list[Span]:
    hits = [hit for answer in answers for hit in answer.hits]
    return [span for hit in hits if (span := layout.span(hit.get("_source", {})))]


def _dot(span: Span) -> Dot:
    return Dot(span.trace_id, span.span_id, span.start_ns, span.duration_ns, span.is_error, span.service, span.name)
