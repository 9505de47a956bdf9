"""The traces of one layout in Elasticsearch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Count, Facet, FieldList, Range, SignificantValues
from queries.stores.elastic.aggs import buckets
from queries.stores.elastic.client import NAME, Answer, Cluster, quality
from queries.stores.elastic.dsl import Query, every, none_of, some
from queries.stores.elastic.schema import Schema, SchemaFinder
from queries.stores.elastic.trace_fields import TraceFields, condition, parts_of, whole_trace
from queries.stores.elastic.trace_groups import span_field_list, span_significant_values, span_values
from queries.stores.elastic.trace_layout import TraceLayout
from queries.stores.elastic.trace_pages import Selection, first_hits
from queries.stores.elastic.trace_queries import (
    count_body,
    count_of,
    operations_body,
    operations_of,
    services_body,
    services_of,
    summaries,
    summary_body,
)
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
        self._finder: SchemaFinder[TraceLayout] = SchemaFinder(cluster, [layout], index, layout.name)
        self._tops = TopFinder(cluster)

    def schema(self, deadline: Deadline) -> Schema[TraceLayout]:
        """Where its documents lie. Raises SourceUnavailable."""
        return self._finder.find(deadline)

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        if not parts[0].fields_for("trace_id"):
            return TracePage((), Count(0), quality=quality([], begun, schema.notes))
        wheres = [condition(query, part) for part in parts]
        chosen = [Selection(part, where, paging.sort) for part, where in zip(parts, wheres, strict=True)]
        hits, onward, answers = first_hits(self._cluster, schema.index, chosen, paging, deadline)
        spans = [hit.span for hit in hits]
        bodies = [summary_body(parts[0], spans, query.range), count_body(parts[0], some(wheres))]
        about, counted = self._ask(schema, bodies, deadline)
        whole = quality([*answers, about, counted], begun, [*schema.notes, *parts[0].tops.notes])
        return TracePage(tuple(summaries(parts[0], spans, about)), count_of(counted), onward, whole)

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        answers = self._ask(schema, [services_body(part, condition(query, part), limit) for part in parts], deadline)
        services, others = services_of(answers, limit)
        return ServiceList(services, others, quality(answers, begun, schema.notes))

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        answers = self._ask(schema, [operations_body(part, condition(query, part), limit) for part in parts], deadline)
        operations, others = operations_of(parts, answers, limit)
        return OperationList(operations, others, quality(answers, begun, schema.notes))

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace, by start."""
        begun, schema, trace_id = time.monotonic(), self._finder.find(deadline), trace_id.lower()
        fields = parts_of(schema.layout, schema.caps)[0]
        source: Any = True if details else list(schema.layout.brief)
        where = trace_query(fields, trace_id, near)
        spans, total, answers = read_spans(
            self._cluster, schema.index, fields, where, MOST_SPANS, source, True, deadline
        )
        notes = left_out(spans, total, answers, MOST_SPANS)
        if not spans:
            raise InvalidInput(
                "trace",
                "This trace does not exist.",
                " ".join(notes) or "It may have been deleted.",
            )
        if details and schema.layout.events:
            events, more = read_events(self._cluster, schema.layout.events, [trace_id], "", deadline)
            notes = (*notes, *events_left_out(more), *events_elsewhere(events, spans))
            spans, answers = with_events(spans, events), [*answers, *more]
        else:
            spans = spans if details else [brief(span) for span in spans]
        ordered = sorted(spans, key=lambda span: (span.start_ns, span.span_id))
        missing = max(0, total.value - len(spans))
        return Trace(trace_id, tuple(ordered), missing, quality(answers, begun, [*schema.notes, *notes]))

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        fields, ids = (
            parts_of(schema.layout, schema.caps)[0],
            list(dict.fromkeys(trace_id.lower() for trace_id in trace_ids)),
        )
        if not ids or not fields.fields_for("trace_id"):
            return TraceList((), quality([], begun, schema.notes))
        where = whole_trace(fields, ids)
        spans, total, answers = read_spans(self._cluster, schema.index, fields, where, MOST_SPANS, True, True, deadline)
        notes = left_out(spans, total, answers, MOST_SPANS)
        if spans and schema.layout.events:
            events, more = read_events(self._cluster, schema.layout.events, ids, "", deadline)
            spans, answers, notes = with_events(spans, events), [*answers, *more], (*notes, *events_left_out(more))
        ordered = sorted(spans, key=lambda span: (span.start_ns, span.span_id))
        by_id: dict[str, list[Span]] = {identifier: [] for identifier in ids}
        for span in ordered:
            by_id.setdefault(span.trace_id.lower(), []).append(span)
        whole = quality(answers, begun, [*schema.notes, *notes])
        return TraceList(
            tuple(Trace(identifier, tuple(by_id[identifier]), 0, whole) for identifier in ids if by_id[identifier]),
            whole,
        )

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has."""
        schema, trace_id, span_id = self._finder.find(deadline), trace_id.lower(), span_id_of(key.lower())
        fields = parts_of(schema.layout, schema.caps)
        ids = some(
            {"term": {place.whole: span_id}} for field in fields for place in field.fields_for("span_id") if place.whole
        )
        where = every([trace_query(fields[0], trace_id, None), ids])
        spans, _, _ = read_spans(self._cluster, schema.index, fields[0], where, 100, True, True, deadline)
        span = span_of([span for span in spans if span.span_id == span_id], key.lower())
        if span is None:
            raise InvalidInput("span", "This span does not exist.", "It may have been deleted.")
        if not schema.layout.events:
            return span
        events, _ = read_events(self._cluster, schema.layout.events, [trace_id], span_id, deadline)
        return with_events([span], events)[0]

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        wheres = [condition(query, part) for part in parts]
        source, newest = list(schema.layout.brief), some(wheres)
        spans, total, answers = read_spans(
            self._cluster, schema.index, parts[0], newest, limit, source, False, deadline
        )
        if total.value > limit:
            answers += self._ask(schema, scatter_bodies(parts, wheres, limit), deadline)
            spans = _spans(schema.layout, answers[-3 * len(parts) :])
        dots = list(dict.fromkeys(_dot(span) for span in spans))[:limit]
        return Scatter(tuple(sorted(dots, key=lambda dot: dot.start_ns)), total, quality(answers, begun, schema.notes))

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """A percentile of the matching spans' durations, as the cluster estimates it."""
        schema = self._finder.find(deadline)
        durations = [
            self._percentile(schema, part, condition(query, part), percent, deadline)
            for part in self._parts(schema, query, deadline)
        ]
        known = [duration for duration in durations if duration is not None]
        return int(max(known) * schema.layout.unit) if known else None

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """A trace whose matching span is close to the median duration, free of errors."""
        schema = self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        if not parts[0].fields_for("trace_id"):
            return None
        fine = self._fine(schema, parts[0], query.range, but, deadline)
        for part in parts:
            summary = self._typical(schema, part, every([condition(query, part), fine]), query, deadline)
            if summary:
                return summary
        return None

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom, out of the newest spans."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = parts_of(schema.layout, schema.caps)
        where = some(every([part.part.only, part.within(range_)]) for part in parts)
        spans, total, answers = read_spans(
            self._cluster, schema.index, parts[0], where, MAPPED, map_source(parts[0]), False, deadline
        )
        nodes, edges = service_edges(map_spans(spans))
        left = (
            [f"Only the newest {len(spans):,} of {total.value:,} spans are joined."] if len(spans) < total.value else []
        )
        return ServiceMap(nodes, edges, len(spans), total, quality(answers, begun, [*schema.notes, *left]))

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes there are."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        where = some(condition(query, part) for part in parts)
        spans, _, answers = read_spans(self._cluster, schema.index, parts[0], where, 200, True, False, deadline)
        return replace(span_field_list(parts[0], spans, limit), quality=quality(answers, begun, schema.notes))

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with the prefix."""
        schema = self._finder.find(deadline)
        parts = self._parts(schema, query, deadline)
        return span_values(self._cluster, schema.index, parts, query, field, prefix, size, deadline)

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Tags that tell the selection from the rest."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        parts = self._parts(schema, around, deadline)
        return span_significant_values(
            self._cluster, schema.index, parts, selection, around, size, begun, schema.notes, deadline
        )

    def close(self) -> None:
        """Nothing: the connections are whoever's who made them."""

    def _parts(self, schema: Schema[TraceLayout], query: TraceQuery, deadline: Deadline) -> tuple[TraceFields, ...]:
        """The fields of every part; with the spans that stand for roots where only roots are asked."""
        tops = self._tops.find(schema, query.range, deadline) if query.only else None
        return parts_of(schema.layout, schema.caps, tops)

    def _ask(
        self, schema: Schema[TraceLayout], bodies: Sequence[Mapping[str, Any]], deadline: Deadline
    ) -> list[Answer]:
        return self._cluster.search_all([(schema.index, body) for body in bodies], deadline)

    def _fine(
        self, schema: Schema[TraceLayout], fields: TraceFields, range_: Range, but: str, deadline: Deadline
    ) -> Query:
        """Neither `but` nor the traces in which something failed, as far as there is room to name them."""
        ids = fields.fields_for("trace_id")[0].whole
        where = every([fields.within(range_), schema.layout.statuses["error"]])
        aggs = {"failed": {"terms": {"field": ids, "size": _FAILED}}}
        answer = self._ask(schema, [{"query": where, "size": 0, "track_total_hits": False, "aggs": aggs}], deadline)[0]
        failed = [key for key, _ in buckets(answer.aggregations.get("failed", {}))]
        return none_of({"terms": {ids: [*failed, but]}})

    def _percentile(
        self, schema: Schema[TraceLayout], fields: TraceFields, where: Query, percent: float, deadline: Deadline
    ) -> float | None:
        """In the documents' own unit."""
        agg = {"percentiles": {"field": fields.part.duration, "percents": [percent], "keyed": False}}
        (answer,) = self._ask(schema, [{"size": 0, "query": where, "aggs": {"p": agg}}], deadline)
        values = answer.aggregations.get("p", {}).get("values", [])
        return float(values[0]["value"]) if values and values[0]["value"] is not None else None

    def _typical(
        self, schema: Schema[TraceLayout], fields: TraceFields, where: Query, query: TraceQuery, deadline: Deadline
    ) -> TraceSummary | None:
        duration, median = fields.part.duration, self._percentile(schema, fields, where, 50, deadline)
        if median is None:
            return None
        bodies = [
            {
                "query": every([where, {"range": {duration: {side: median}}}]),
                "size": _CLOSE,
                "_source": list(schema.layout.brief),
                "sort": [{duration: way}],
                "track_total_hits": False,
            }
            for side, way in (("gte", "asc"), ("lt", "desc"))
        ]
        spans = _spans(schema.layout, self._ask(schema, bodies, deadline))
        spans.sort(key=lambda span: (abs(span.duration_ns - median * schema.layout.unit), span.trace_id))
        distinct = list({span.trace_id: span for span in reversed(spans)}.values())[::-1]
        about = self._ask(schema, [summary_body(fields, distinct, query.range)], deadline)[0]
        return next((summary for summary in summaries(fields, distinct, about) if not summary.errors), None)


def _spans(layout: TraceLayout, answers: Sequence[Answer]) -> list[Span]:
    hits = [hit for answer in answers for hit in answer.hits]
    return [span for hit in hits if (span := layout.span(hit.get("_source", {})))]


def _dot(span: Span) -> Dot:
    return Dot(span.trace_id, span.span_id, span.start_ns, span.duration_ns, span.is_error, span.service, span.name)
