"""Several stores of traces as one: their pages in one order, their counts added, a trace out of all that have it.

A page goes on where each store's part of the page before ended: the store's own cursor, and how many of the traces
behind it were listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import orjson

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search import cursor as cursors
from queries.search.results import (
    Count,
    Facet,
    FacetValue,
    FieldList,
    Quality,
    Range,
    SignificantValue,
    SignificantValues,
    jlh,
)
from queries.stores.trace_store import TraceStore
from queries.traces.types import (
    MapEdge,
    MapNode,
    OperationCount,
    OperationList,
    Scatter,
    ServiceCount,
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

_KIND: Final = "merged-traces"
_FALLING: Final = ("newest", "slowest")
T = TypeVar("T")
A = TypeVar("A")


@dataclass(frozen=True)
class _Place:
    """Where a store's part goes on: behind its cursor and so many traces after it; `ended`: nowhere."""

    cursor: str = ""
    offset: int = 0
    ended: bool = False


@dataclass(frozen=True)
class _Part:
    """What a store gave for a page; `first` traces lie on the store's own page at `place`, which `onward` follows."""

    place: _Place
    traces: tuple[TraceSummary, ...]
    first: int
    onward: str
    last: str
    total: Count
    quality: Quality

    def after(self, listed: int) -> _Place:
        """The place behind so many of the traces."""
        if listed < self.first:
            return replace(self.place, offset=self.place.offset + listed)
        if listed == len(self.traces) and not self.last:
            return _Place(ended=True)
        return _Place(self.onward, listed - self.first)


class MergedTraces:
    """`TraceStore` over several stores. Safe for threads as far as these are."""

    def __init__(self, stores: Sequence[TraceStore]) -> None:
        self._stores = list(stores)

    @property
    def name(self) -> str:
        """The stores' names, each once."""
        return ", ".join(dict.fromkeys(store.name for store in self._stores))

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of the traces of all stores."""
        places = _decoded(paging, len(self._stores))
        parts = [_part(*pair, query, paging, deadline) for pair in zip(self._stores, places, strict=True)]
        listed, traces = _merged(parts, paging)
        onward = [part.after(count) for part, count in zip(parts, listed, strict=True)]
        following = "" if all(place.ended for place in onward) else _encoded(paging, onward)
        return TracePage(tuple(traces), _sum(part.total for part in parts), following, _whole(parts))

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of all stores."""
        answers = [store.services(query, limit, deadline) for store in self._stores]
        services = _grouped(
            (service for answer in answers for service in answer.services), lambda service: service.name, _services
        )
        ordered = sorted(services, key=lambda service: (-service.spans, service.name))
        others = sum(answer.others for answer in answers) + sum(entry.spans for entry in ordered[limit:])
        return ServiceList(tuple(ordered[:limit]), others, _whole(answers))

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of all stores; where several know one, the percentiles are those of the most spans."""
        answers = [store.operations(query, limit, deadline) for store in self._stores]
        operations = _grouped(
            (operation for answer in answers for operation in answer.operations),
            lambda operation: operation.name,
            _operations,
        )
        ordered = sorted(operations, key=lambda operation: (-operation.spans, operation.name))
        others = sum(answer.others for answer in answers) + sum(entry.spans for entry in ordered[limit:])
        return OperationList(tuple(ordered[:limit]), others, _whole(answers))

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """The trace's spans of all stores; one that several hold is taken from the first."""
        return _joined_trace(self._of_all(lambda store: store.trace(trace_id, deadline, near, details)))

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """As `trace`, of several in one question to each store."""
        answers = [store.traces(trace_ids, deadline) for store in self._stores]
        by_id: dict[str, list[Trace]] = {}
        for trace in (trace for answer in answers for trace in answer.traces):
            by_id.setdefault(trace.trace_id, []).append(trace)
        ids = dict.fromkeys(trace_id.lower() for trace_id in trace_ids)
        return TraceList(
            tuple(_joined_trace(by_id[trace_id]) for trace_id in ids if trace_id in by_id), _whole(answers)
        )

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """The span out of the first store that has it."""
        return self._of_all(lambda store: store.span(trace_id, key, deadline))[0]

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Points of all stores, each with its share of the limit where there are too many."""
        answers = [store.scatter(query, limit, deadline) for store in self._stores]
        total = _sum(answer.total for answer in answers)
        share = limit if total.value <= limit else max(1, limit // len(answers))
        if share < limit:
            answers = [store.scatter(query, share, deadline) for store in self._stores]
        dots = sorted((dot for answer in answers for dot in answer.dots), key=lambda dot: dot.start_ns)
        return Scatter(tuple(dots), total, _whole(answers))

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """The largest of the stores' percentiles."""
        durations = [store.duration_at(query, percent, deadline) for store in self._stores]
        return max((duration for duration in durations if duration is not None), default=None)

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """Out of the first store that has one."""
        summaries = (store.typical(query, but, deadline) for store in self._stores)
        return next((summary for summary in summaries if summary is not None), None)

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """The maps of all stores laid over each other; calls from one store's spans to another's are not seen."""
        answers = [store.service_map(range_, deadline) for store in self._stores]
        nodes = _grouped((node for answer in answers for node in answer.nodes), lambda node: node.name, _nodes)
        edges = _grouped(
            (edge for answer in answers for edge in answer.edges), lambda edge: (edge.source, edge.target), _edges
        )
        return ServiceMap(
            tuple(sorted(nodes, key=lambda node: (node.external, -node.spans, node.name))),
            tuple(sorted(edges, key=lambda edge: (-edge.calls, edge.source, edge.target))),
            sum(answer.looked_at for answer in answers),
            _sum(answer.total for answer in answers),
            _whole(answers),
        )

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields of all stores."""
        answers = [store.fields(query, limit, deadline) for store in self._stores]
        fields = _grouped(
            (field for answer in answers for field in answer.fields),
            lambda field: field.name,
            lambda same: replace(same[0], count=sum(duplicate.count for duplicate in same)),
        )
        more = sum(answer.more for answer in answers) + max(0, len(fields) - limit)
        return FieldList(tuple(fields[:limit]), more, _whole(answers))

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Values of all stores with the counts added."""
        answers = [store.values(query, field, prefix, size, deadline) for store in self._stores]
        values = _grouped(
            (value for answer in answers for value in answer.values),
            lambda value: value.value,
            lambda same: FacetValue(same[0].value, sum(duplicate.count for duplicate in same)),
        )
        ordered = sorted(values, key=lambda value: (-value.count, value.value))
        others = sum(answer.others for answer in answers) + sum(entry.count for entry in ordered[size:])
        return Facet(field, tuple(ordered[:size]), others)

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """What stands out in all stores together."""
        answers = [store.significant_values(selection, around, size, deadline) for store in self._stores]
        inside, rest = (
            sum(totals) for totals in zip(*((a.selection_total, a.rest_total) for a in answers), strict=True)
        )

        def joined(same: Sequence[SignificantValue]) -> SignificantValue:
            chosen, others = (
                sum(duplicate.in_selection for duplicate in same),
                sum(duplicate.in_rest for duplicate in same),
            )
            score = jlh(chosen, inside, chosen + others, inside + rest)
            return SignificantValue(same[0].field, same[0].value, chosen, others, score)

        values = _grouped((o for answer in answers for o in answer.values), lambda o: (o.field, o.value), joined)
        ordered = sorted(values, key=lambda value: (-value.score, value.field, value.value))
        return SignificantValues(tuple(ordered[:size]), inside, rest, _whole(answers))

    def close(self) -> None:
        """Close all stores."""
        for store in self._stores:
            store.close()

    def _of_all(self, ask: Callable[[TraceStore], T]) -> list[T]:
        """Answers of the stores that have what is asked. Raises InvalidInput when none has."""
        answers: list[T] = []
        absent: InvalidInput | None = None
        for store in self._stores:
            try:
                answers.append(ask(store))
            except InvalidInput as error:
                absent = error
        if not answers and absent:
            raise absent
        return answers


def _joined_trace(traces: Sequence[Trace]) -> Trace:
    """Parts of one trace as one; a span that several hold is taken from the first."""
    spans: dict[tuple[str, str, str], list[Span]] = {}
    for trace in traces:
        known = set(spans)
        for span in trace.spans:
            if _same(span) not in known:
                spans.setdefault(_same(span), []).append(span)
    ordered = sorted(
        (duplicate for same in spans.values() for duplicate in same),
        key=lambda duplicate: (duplicate.start_ns, duplicate.span_id),
    )
    return Trace(traces[0].trace_id, tuple(ordered), sum(trace.missing for trace in traces), _whole(traces))


def _same(span: Span) -> tuple[str, str, str]:
    return span.span_id, span.service, span.kind


def _grouped(items: Iterable[T], key: Callable[[T], Any], join: Callable[[Sequence[T]], A]) -> list[A]:
    groups: dict[Any, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [join(same) for same in groups.values()]


def _services(same: Sequence[ServiceCount]) -> ServiceCount:
    return ServiceCount(
        same[0].name, sum(duplicate.spans for duplicate in same), sum(duplicate.errors for duplicate in same)
    )


def _operations(same: Sequence[OperationCount]) -> OperationCount:
    most = max(same, key=lambda duplicate: duplicate.spans)
    return replace(
        most, spans=sum(duplicate.spans for duplicate in same), errors=sum(duplicate.errors for duplicate in same)
    )


def _nodes(same: Sequence[MapNode]) -> MapNode:
    own = [duplicate for duplicate in same if not duplicate.external] or same
    return replace(
        own[0], spans=sum(duplicate.spans for duplicate in own), errors=sum(duplicate.errors for duplicate in own)
    )


def _edges(same: Sequence[MapEdge]) -> MapEdge:
    most = max(same, key=lambda duplicate: duplicate.calls)
    return replace(
        most, calls=sum(duplicate.calls for duplicate in same), errors=sum(duplicate.errors for duplicate in same)
    )


def _sum(counts: Iterable[Count]) -> Count:
    listed = list(counts)
    return Count(sum(entry.value for entry in listed), all(entry.exact for entry in listed))


def _whole(answers: Sequence[Any]) -> Quality:
    """How far several answers can be trusted together."""
    qualities: list[Quality] = [answer.quality for answer in answers]
    notes = tuple(dict.fromkeys(note for quality in qualities for note in quality.notes))
    return Quality(any(quality.partial for quality in qualities), notes, sum(quality.took_ms for quality in qualities))


def _part(store: TraceStore, place: _Place, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> _Part:
    """Enough of a store's traces for a whole page."""
    if place.ended:
        total = store.search(query, replace(paging, limit=1, cursor=""), deadline).total
        return _Part(place, (), 0, "", "", total, Quality())
    page = store.search(query, replace(paging, cursor=place.cursor), deadline)
    traces, last = page.traces[place.offset :], page.next
    if len(traces) < paging.limit and page.next:
        more = store.search(query, replace(paging, cursor=page.next), deadline)
        return _Part(place, (*traces, *more.traces), len(traces), page.next, more.next, page.total, page.quality)
    return _Part(place, traces, len(traces), page.next, last, page.total, page.quality)


def _merged(parts: Sequence[_Part], paging: TracePaging) -> tuple[list[int], list[TraceSummary]]:
    """How many of each part are listed, and the page."""
    falling = paging.sort in _FALLING
    every = [
        (_value(trace, paging), trace.trace_id, number) for number, part in enumerate(parts) for trace in part.traces
    ]
    by_place = {(number, trace.trace_id): trace for number, part in enumerate(parts) for trace in part.traces}
    listed, traces = [0] * len(parts), dict[str, TraceSummary]()
    for _, trace_id, number in sorted(every, key=lambda entry: entry[:2], reverse=falling):
        trace = by_place[number, trace_id]
        if trace_id not in traces and len(traces) == paging.limit:
            break
        traces[trace_id] = _both(traces[trace_id], trace) if trace_id in traces else trace
        listed[number] += 1
    return listed, list(traces.values())


def _value(trace: TraceSummary, paging: TracePaging) -> int:
    return trace.matched_start_ns if paging.sort in ("newest", "oldest") else trace.matched_duration_ns


def _both(summary: TraceSummary, other: TraceSummary) -> TraceSummary:
    """A trace that lies in two stores: written to both, or its services write to different ones."""
    first = summary if summary.has_root or not other.has_root else other
    if summary.services == other.services:
        return first
    names = sorted({*summary.services, *other.services})
    services = {name: summary.services.get(name, 0) + other.services.get(name, 0) for name in names}
    return replace(
        summary,
        service=first.service,
        name=first.name,
        start_ns=first.start_ns,
        duration_ns=first.duration_ns,
        has_root=first.has_root,
        spans=summary.spans + other.spans,
        errors=summary.errors + other.errors,
        services=services,
    )


def _encoded(paging: TracePaging, places: Sequence[_Place]) -> str:
    listed = [[place.cursor, place.offset, place.ended] for place in places]
    return cursors.encode(_KIND, paging.sort, orjson.dumps(listed).decode())


def _decoded(paging: TracePaging, stores: int) -> list[_Place]:
    """Places out of a cursor. Raises InvalidInput for one of other stores or another order."""
    if not paging.cursor:
        return [_Place()] * stores
    sort, text = cursors.decode(_KIND, paging.cursor, str, str)
    try:
        places = [_Place(str(cursor), int(offset), bool(ended)) for cursor, offset, ended in orjson.loads(text)]
    except (ValueError, TypeError):
        places = []
    if sort != paging.sort or len(places) != stores or any(not 0 <= place.offset <= paging.limit for place in places):
        raise InvalidInput("cursor", "The page cursor is not valid.", "Start from the first page.")
    return places
