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
from queries.search.results import Facet, FieldList, Quality, SignificantValues
from queries.stores.documents.log_layout import LogLayout
from queries.stores.documents.log_layouts import LOG_LAYOUTS, joined
from queries.stores.elastic import paging as pages
from queries.stores.elastic.client import COUNTED, NAME, Answer, Cluster, ElasticSettings, quality
from queries.stores.elastic.dsl import INDEX, NONE, Query, every, some
from queries.stores.elastic.log_fields import LogFields, any_line, condition, same
from queries.stores.elastic.log_groups import field_list, log_patterns, log_significant_values
from queries.stores.elastic.log_queries import (
    bars_of,
    facet_of,
    facets_body,
    histogram_body,
    line_of,
    lines_of,
    page_of,
    page_request,
    slice_of,
    surroundings,
)
from queries.stores.elastic.schema import Schema, SchemaFinder


class ElasticLogStore:
    """`LogStore` over one cluster. Safe for threads, and for any number of processes."""

    name = NAME

    def __init__(self, settings: ElasticSettings, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._cluster = Cluster(settings)
        self._finder: SchemaFinder[LogLayout] = SchemaFinder(
            self._cluster, LOG_LAYOUTS, settings.log_index, settings.log_layout, together=joined
        )

    def search(self, query: LogQuery, paging: Paging, deadline: Deadline) -> LogPage:
        """One page of lines, with the total."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        fields = _fields(schema)
        page = self._page(schema, condition(query, fields), paging, begun, deadline)
        notes = fields.unanswered(query)
        if (where := fields.too_long(query)) != NONE:
            notes += _too_long(self._cluster.search(schema.index, _counted(where), deadline))
        return replace(page, quality=_noted(page.quality, notes))

    def histogram(self, query: LogQuery, buckets: int, deadline: Deadline) -> LogHistogram:
        """Lines by level over the whole range."""
        begun, width = time.monotonic(), grid.width_of(query.range, buckets)
        schema = self._finder.find(deadline)
        fields = _fields(schema)
        answer = self._cluster.search(schema.index, histogram_body(fields, condition(query, fields), width), deadline)
        return grid.histogram(query.range, width, bars_of(answer), quality([answer], begun, schema.notes))

    def facets(self, query: LogQuery, fields: Sequence[str], size: int, deadline: Deadline) -> LogFacets:
        """The most frequent values of each field."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        known = _fields(schema)
        answer = self._cluster.search(schema.index, facets_body(known, condition(query, known), fields, size), deadline)
        return _facets(known, answer, fields, size, quality([answer], begun, schema.notes))

    def explore(
        self, query: LogQuery, paging: Paging, buckets: int, fields: Sequence[str], size: int, deadline: Deadline
    ) -> LogExplorer:
        """Search, histogram and facets in one round."""
        begun, width = time.monotonic(), grid.width_of(query.range, buckets)
        schema = self._finder.find(deadline)
        known = _fields(schema)
        where = condition(query, known)
        request = page_request(paging)
        part, body = request.part(known), request.body(where)
        bodies = [{**body, **part.body()}, histogram_body(known, where, width), facets_body(known, where, fields, size)]
        long = known.too_long(query)
        bodies += [_counted(long)] if long != NONE else []
        lines, bars, counts, *left = self._cluster.search_all([(schema.index, body) for body in bodies], deadline)
        notes = [*schema.notes, *known.unanswered(query), *(_too_long(left[0]) if left else ())]
        hits, lines = pages.completed(self._cluster, schema.index, part, body, lines, deadline)
        return LogExplorer(
            replace(
                page_of(known, hits, lines.total, request),
                quality=quality([lines], begun, notes),
            ),
            grid.histogram(query.range, width, bars_of(bars), quality([bars], begun, schema.notes)),
            _facets(known, counts, fields, size, quality([counts], begun, schema.notes)),
        )

    def fields(self, query: LogQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields of the newest matching lines, then those that the index has besides."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        known = _fields(schema)
        body = {"query": condition(query, known), "track_total_hits": False}
        hits, answer = pages.read(self._cluster, schema.index, slice_of(known, False, 200), body, deadline)
        lines = [line_of(known, hit) for hit in hits]
        return replace(field_list(known, lines, limit), quality=quality([answer], begun, schema.notes))

    def values(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values that begin with the prefix."""
        schema = self._finder.find(deadline)
        known = _fields(schema)
        body = facets_body(known, condition(query, known), [field], size, prefix)
        return facet_of(known, self._cluster.search(schema.index, body, deadline), 0, field, size, prefix)

    def line(self, line_id: str, deadline: Deadline) -> LogLine:
        """One line, uncut."""
        schema = self._finder.find(deadline)
        return line_of(_fields(schema), self._hit(schema, line_id, deadline))

    def context(self, line_id: str, around: Around, before: int, after: int, deadline: Deadline) -> LogContext:
        """Lines before and after it, in the order of the index."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        known = _fields(schema)
        line = line_of(known, self._hit(schema, line_id, deadline))
        key, where = _shared(known, line, around)
        parts = [
            slice_of(known, ascending, size, line.position) for ascending, size in ((False, before), (True, after))
        ]
        body = {"query": where, "track_total_hits": False}
        answers = self._cluster.search_all([(schema.index, {**body, **part.body()}) for part in parts], deadline)
        (earlier, _), (later, _) = (
            pages.completed(self._cluster, schema.index, part, body, answer, deadline)
            for part, answer in zip(parts, answers, strict=True)
        )
        return surroundings(
            lines_of(known, earlier[::-1], ascending=True),
            line,
            lines_of(known, later, ascending=True),
            around,
            key,
            quality(answers, begun),
        )

    def tail(self, query: LogQuery, cursor: str, limit: int, deadline: Deadline) -> LogTail:
        """What came since the cursor."""
        now = int(self._clock() * 1e6) * 1_000
        return tailing.tail(query, cursor, limit, now, lambda part, page: self.search(part, page, deadline))

    def patterns(self, query: LogQuery, size: int, deadline: Deadline) -> LogPatterns:
        """Lines grouped by message template, or by the shape of their message."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        return log_patterns(self._cluster, schema, _fields(schema), query, size, begun, deadline)

    def correlated(self, correlation_id: str, limit: int, deadline: Deadline) -> LogPage:
        """Every line that carries the id as its correlation or trace id, oldest first."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        known = _fields(schema)
        ids = some(same(known, name, correlation_id) for name in ("correlation_id", "trace_id"))
        where = every([ids, any_line(known)])
        return self._page(schema, where, Paging(limit, oldest_first=True), begun, deadline)

    def significant_values(
        self, selection: LogQuery, around: LogQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Fields that tell the selection from the rest."""
        begun, schema = time.monotonic(), self._finder.find(deadline)
        return log_significant_values(self._cluster, schema, _fields(schema), selection, around, size, begun, deadline)

    def close(self) -> None:
        """Close the connections."""
        self._cluster.close()

    def _page(
        self, schema: Schema[LogLayout], where: Query, paging: Paging, begun: float, deadline: Deadline
    ) -> LogPage:
        fields = _fields(schema)
        request = page_request(paging)
        hits, answer = pages.read(self._cluster, schema.index, request.part(fields), request.body(where), deadline)
        return replace(page_of(fields, hits, answer.total, request), quality=quality([answer], begun, schema.notes))

    def _hit(self, schema: Schema[LogLayout], line_id: str, deadline: Deadline) -> dict[str, object]:
        index, _, name = line_id.partition("/")
        # The index travels as a value of the search: what is asked stays within the settings' own indices.
        where = every([{"term": {INDEX: index}}, {"ids": {"values": [name[:512]]}}]) if index and name else NONE
        hits, _ = pages.read(
            self._cluster, schema.index, slice_of(_fields(schema), True, 1), {"query": where}, deadline
        )
        if not hits:
            raise InvalidInput("line", "This line does not exist.", "Its index may have been deleted.")
        return hits[0]


def _fields(schema: Schema[LogLayout]) -> LogFields:
    return LogFields(schema.layout, schema.caps)


def _counted(query: Query) -> dict[str, object]:
    return {"query": query, "size": 0, "track_total_hits": COUNTED}


def _too_long(answer: Answer) -> tuple[str, ...]:
    count = answer.total.value
    many = f"{count:,} lines have" if count != 1 else "1 line has"
    return (f"{many} values that are too long for the index: they were not searched.",) if count else ()


def _noted(quality_: Quality, notes: Sequence[str]) -> Quality:
    return replace(quality_, partial=True, notes=(*quality_.notes, *notes)) if notes else quality_


def _facets(fields: LogFields, answer: Answer, names: Sequence[str], size: int, quality_: Quality) -> LogFacets:
    return LogFacets(tuple(facet_of(fields, answer, n, name, size) for n, name in enumerate(names)), quality_)


def _shared(fields: LogFields, line: LogLine, around: Around) -> tuple[str, Query]:
    key = {"file": line.place, "host": line.host, "correlation": line.correlation_id}[around]
    if not key:
        raise InvalidInput("around", f"This line has no {around}.", "Show the lines around it in its file instead.")
    name = {"file": "file", "host": "host", "correlation": "correlation_id"}[around]
    return key, every([same(fields, name, key), any_line(fields)])
