"""The log store over Elasticsearch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.logs import buckets as grid
from queries.logs import tailing
from queries.logs.types import (
    Around,
    LogContext,
    LogExplorer,
    LogFacets,
    LogHistogram,
    LogLine,
    LogPage,
    LogPatterns,
    LogQuery,
    LogTail,
    Paging,
)
from queries.search.results import Facet, FieldList, Quality, StandOuts
from queries.stores.documents.log_layout import LogLayout
from queries.stores.documents.log_layouts import LOG_LAYOUTS, joined
from queries.stores.elastic import paging as pages
from queries.stores.elastic.client import COUNTED, NAME, Answer, Cluster, ElasticSettings, quality
from queries.stores.elastic.dsl import INDEX, NONE, Query, every, some
from queries.stores.elastic.known import Finder, Found
from queries.stores.elastic.log_asking import (
    bars_of,
    facet_of,
    facets_body,
    histogram_body,
    line_of,
    lines_of,
    page_ask,
    page_of,
    slice_of,
    surroundings,
)
from queries.stores.elastic.log_fields import LogFields, any_line, condition, same
from queries.stores.elastic.log_groups import field_list, log_patterns, log_stand_out


class ElasticLogStore:
    """`LogStore` over one cluster. Safe for threads, and for any number of processes."""

    name = NAME

    def __init__(self, settings: ElasticSettings, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._cluster = Cluster(settings)
        self._finder: Finder[LogLayout] = Finder(
            self._cluster, LOG_LAYOUTS, settings.log_index, settings.log_layout, together=joined
        )

    def search(self, query: LogQuery, paging: Paging, deadline: Deadline) -> LogPage:
        """One page of lines, with the total."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        fields = _fields(found)
        page = self._page(found, condition(query, fields), paging, begun, deadline)
        notes = fields.unanswered(query)
        if (where := fields.too_long(query)) != NONE:
            notes += _too_long(self._cluster.search(found.index, _counted(where), deadline))
        return replace(page, quality=_noted(page.quality, notes))

    def histogram(self, query: LogQuery, buckets: int, deadline: Deadline) -> LogHistogram:
        """Lines by level over the whole range."""
        begun, width = time.monotonic(), grid.width_of(query.range, buckets)
        found = self._finder.find(deadline)
        fields = _fields(found)
        answer = self._cluster.search(found.index, histogram_body(fields, condition(query, fields), width), deadline)
        return grid.histogram(query.range, width, bars_of(answer), quality([answer], begun, found.notes))

    def facets(self, query: LogQuery, fields: Sequence[str], size: int, deadline: Deadline) -> LogFacets:
        """The most frequent values of each field."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        known = _fields(found)
        answer = self._cluster.search(found.index, facets_body(known, condition(query, known), fields, size), deadline)
        return _facets(known, answer, fields, size, quality([answer], begun, found.notes))

    def explore(
        self, query: LogQuery, paging: Paging, buckets: int, fields: Sequence[str], size: int, deadline: Deadline
    ) -> LogExplorer:
        """Search, histogram and facets in one round."""
        begun, width = time.monotonic(), grid.width_of(query.range, buckets)
        found = self._finder.find(deadline)
        known = _fields(found)
        where = condition(query, known)
        asked = page_ask(paging)
        part, body = asked.part(known), asked.body(where)
        bodies = [{**body, **part.body()}, histogram_body(known, where, width), facets_body(known, where, fields, size)]
        long = known.too_long(query)
        bodies += [_counted(long)] if long != NONE else []
        lines, bars, counts, *left = self._cluster.search_all([(found.index, one) for one in bodies], deadline)
        notes = [*found.notes, *known.unanswered(query), *(_too_long(left[0]) if left else ())]
        hits, lines = pages.completed(self._cluster, found.index, part, body, lines, deadline)
        return LogExplorer(
            replace(
                page_of(known, hits, lines.total, asked),
                quality=quality([lines], begun, notes),
            ),
            grid.histogram(query.range, width, bars_of(bars), quality([bars], begun, found.notes)),
            _facets(known, counts, fields, size, quality([counts], begun, found.notes)),
        )

    def fields(self, query: LogQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields of the newest matching lines, then those that the index has besides."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        known = _fields(found)
        body = {"query": condition(query, known), "track_total_hits": False}
        hits, answer = pages.read(self._cluster, found.index, slice_of(known, False, 200), body, deadline)
        lines = [line_of(known, hit) for hit in hits]
        return replace(field_list(known, lines, limit), quality=quality([answer], begun, found.notes))

    def values(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values that begin with the prefix."""
        found = self._finder.find(deadline)
        known = _fields(found)
        body = facets_body(known, condition(query, known), [field], size, prefix)
        return facet_of(known, self._cluster.search(found.index, body, deadline), 0, field, size, prefix)

    def line(self, line_id: str, deadline: Deadline) -> LogLine:
        """One line, uncut."""
        found = self._finder.find(deadline)
        return line_of(_fields(found), self._hit(found, line_id, deadline))

    def context(self, line_id: str, around: Around, before: int, after: int, deadline: Deadline) -> LogContext:
        """Lines before and after it, in the order of the index."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        known = _fields(found)
        line = line_of(known, self._hit(found, line_id, deadline))
        key, where = _shared(known, line, around)
        parts = [
            slice_of(known, ascending, size, line.position) for ascending, size in ((False, before), (True, after))
        ]
        body = {"query": where, "track_total_hits": False}
        answers = self._cluster.search_all([(found.index, {**body, **part.body()}) for part in parts], deadline)
        (earlier, _), (later, _) = (
            pages.completed(self._cluster, found.index, part, body, answer, deadline)
            for part, answer in zip(parts, answers, strict=True)
        )
        return surroundings(
            lines_of(known, earlier[::-1], ascending=True), line, lines_of(known, later, ascending=True), around, key,
            quality(answers, begun),
        )  # fmt: skip

    def tail(self, query: LogQuery, cursor: str, limit: int, deadline: Deadline) -> LogTail:
        """What came since the cursor."""
        now = int(self._clock() * 1e6) * 1_000
        return tailing.tail(query, cursor, limit, now, lambda one, page: self.search(one, page, deadline))

    def patterns(self, query: LogQuery, size: int, deadline: Deadline) -> LogPatterns:
        """Lines grouped by message template, or by the shape of their message."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        return log_patterns(self._cluster, found, _fields(found), query, size, begun, deadline)

    def correlated(self, correlation_id: str, limit: int, deadline: Deadline) -> LogPage:
        """Every line that carries the id as its correlation or trace id, oldest first."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        known = _fields(found)
        ids = some(same(known, name, correlation_id) for name in ("correlation_id", "trace_id"))
        where = every([ids, any_line(known)])
        return self._page(found, where, Paging(limit, oldest_first=True), begun, deadline)

    def stand_out(self, selection: LogQuery, around: LogQuery, size: int, deadline: Deadline) -> StandOuts:
        """Fields that tell the selection from the rest."""
        begun, found = time.monotonic(), self._finder.find(deadline)
        return log_stand_out(self._cluster, found, _fields(found), selection, around, size, begun, deadline)

    def close(self) -> None:
        """Close the connections."""
        self._cluster.close()

    def _page(self, found: Found[LogLayout], where: Query, paging: Paging, begun: float, deadline: Deadline) -> LogPage:
        fields = _fields(found)
        asked = page_ask(paging)
        hits, answer = pages.read(self._cluster, found.index, asked.part(fields), asked.body(where), deadline)
        return replace(page_of(fields, hits, answer.total, asked), quality=quality([answer], begun, found.notes))

    def _hit(self, found: Found[LogLayout], line_id: str, deadline: Deadline) -> dict[str, object]:
        index, _, name = line_id.partition("/")
        # The index travels as a value of the search: what is asked stays within the settings' own indices.
        where = every([{"term": {INDEX: index}}, {"ids": {"values": [name[:512]]}}]) if index and name else NONE
        hits, _ = pages.read(self._cluster, found.index, slice_of(_fields(found), True, 1), {"query": where}, deadline)
        if not hits:
            raise InvalidInput("line", "This line is not there (any more).", "Its index may have been deleted.")
        return hits[0]


def _fields(found: Found[LogLayout]) -> LogFields:
    return LogFields(found.layout, found.caps)


def _counted(query: Query) -> dict[str, object]:
    return {"query": query, "size": 0, "track_total_hits": COUNTED}


def _too_long(answer: Answer) -> tuple[str, ...]:
    count = answer.total.value
    many = f"{count:,} lines have" if count != 1 else "1 line has"
    return (f"{many} values that are too long for the index: they were not searched.",) if count else ()


def _noted(found: Quality, notes: Sequence[str]) -> Quality:
    return replace(found, partial=True, notes=(*found.notes, *notes)) if notes else found


def _facets(fields: LogFields, answer: Answer, names: Sequence[str], size: int, found: Quality) -> LogFacets:
    return LogFacets(tuple(facet_of(fields, answer, n, name, size) for n, name in enumerate(names)), found)


def _shared(fields: LogFields, line: LogLine, around: Around) -> tuple[str, Query]:
    key = {"file": line.place, "host": line.host, "correlation": line.correlation_id}[around]
    if not key:
        raise InvalidInput("around", f"This line has no {around}.", "Look around it in its file.")
    name = {"file": "file", "host": "host", "correlation": "correlation_id"}[around]
    return key, every([same(fields, name, key), any_line(fields)])
