"""Searches over log lines, and what their answers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from queries.logs.cutting import cut
from queries.logs.names import canonical_name
from queries.logs.types import Around, LogContext, LogLine, LogPage, Paging
from queries.search.results import Count, Facet, FacetValue, Position, Quality
from queries.stores.documents.document import document
from queries.stores.elastic import paging as pages
from queries.stores.elastic.aggs import buckets, inside, terms, unfolded, without
from queries.stores.elastic.client import COUNTED, Answer
from queries.stores.elastic.dsl import Field, Query
from queries.stores.elastic.log_fields import LogFields, read_levels
from queries.stores.elastic.lucene import beginning
from queries.stores.elastic.paging import Hit

CURSOR: Final = "elastic-logs"
_LONG_PREFIX: Final = 60  # characters; Lucene takes a thousand in an expression
_FILTERED: Final = 1_000  # values that are looked through where the cluster cannot compare beginnings
_CUT_VALUE: Final = 1_000


@dataclass(frozen=True)
class PageRequest:
    """A page that was asked: `ascending` is the direction of the search, `back` that of the reader."""

    limit: int
    ascending: bool
    back: bool
    behind: Position | None = None  # the first page has none
    count_all: bool = False

    def part(self, fields: LogFields) -> pages.Slice:
        """What to search; one more hit tells whether there is another page."""
        return slice_of(fields, self.ascending, self.limit + 1, self.behind)

    def body(self, query: Query) -> dict[str, Any]:
        """The search without its slice."""
        return {"query": query, "track_total_hits": self.count_all or COUNTED}


def page_request(paging: Paging) -> PageRequest:
    """What to search. Raises InvalidInput."""
    limit = min(paging.limit, pages.MOST)
    if not paging.cursor:
        return PageRequest(limit, paging.oldest_first, False, None, paging.count_all)
    back, behind = pages.decode(CURSOR, paging.cursor)
    return PageRequest(limit, paging.oldest_first != back, back, behind, paging.count_all)


def slice_of(fields: LogFields, ascending: bool, size: int, behind: Position | None = None) -> pages.Slice:
    """Lines in an order, from a position on."""
    time = fields.layout.time
    return pages.Slice(time, fields.caps.kind(time), ascending, size, behind)


def page_of(fields: LogFields, hits: Sequence[Hit], total: Count, paging: PageRequest) -> LogPage:
    """The page, with cursors both ways."""
    more, page = len(hits) > paging.limit, hits[: paging.limit]
    page = page[::-1] if paging.back else page
    kind = fields.caps.kind(fields.layout.time)
    onward = pages.encode(CURSOR, False, pages.position(page[-1], kind)) if page and (paging.back or more) else ""
    backward = paging.behind is not None and (more or not paging.back)
    previous = pages.encode(CURSOR, True, pages.position(page[0], kind)) if page and backward else ""
    return LogPage(lines_of(fields, page, paging.ascending != paging.back), total, onward, previous)


def lines_of(fields: LogFields, hits: Sequence[Hit], ascending: bool) -> tuple[LogLine, ...]:
    """Hits as lines, cut. Within the cluster's resolution of time they are put in order by their own times."""
    lines = [cut(line_of(fields, hit)) for hit in hits]
    return tuple(sorted(lines, key=lambda line: line.at_ns if ascending else -line.at_ns))


def line_of(fields: LogFields, hit: Hit) -> LogLine:
    """A hit as a line, uncut. Raises AnswerMalformed."""
    position = pages.position(hit, fields.caps.kind(fields.layout.time))
    return replace(fields.layout.line(document(hit), position.at_ns), stored_position=position)


def surroundings(
    before: Sequence[LogLine], line: LogLine, after: Sequence[LogLine], around: Around, key: str, quality: Quality
) -> LogContext:
    """A line between others. What shares its step of the cluster's time stands where its own time puts it."""
    ordered = sorted([*before, line, *after], key=lambda earlier: earlier.at_ns)
    place = next(n for n, entry in enumerate(ordered) if entry is line)
    return LogContext(
        tuple(ordered[max(0, place - len(before)) : place]),
        line,
        tuple(ordered[place + 1 : place + 1 + len(after)]),
        around,
        key,
        quality,
    )


def histogram_body(fields: LogFields, query: Query, width: int) -> dict[str, Any]:
    """Lines by level over time; the shards keep the answer."""
    bars = {"field": fields.layout.time, "fixed_interval": f"{width}s", "min_doc_count": 1}
    counting = fields.level_counts()
    return {
        "query": query,
        "size": 0,
        "track_total_hits": False,
        "aggs": {"bars": {"date_histogram": bars, **({"aggs": counting} if counting else {})}},
    }


def bars_of(answer: Answer) -> Mapping[int, Mapping[str, int]]:
    """Counts by start (epoch seconds) and level."""
    buckets = answer.aggregations.get("bars", {}).get("buckets", ())
    return {int(bucket["key"]) // 1_000: read_levels(bucket) for bucket in buckets}


def facets_body(fields: LogFields, query: Query, names: Sequence[str], size: int, prefix: str = "") -> dict[str, Any]:
    """The most frequent values of fields; the shards keep the answer."""
    aggregations: dict[str, Any] = {}
    for n, name in enumerate(names):
        fields_of_name = countable(fields, name)
        for m, field in enumerate(fields_of_name):
            aggregations[f"{n}.{m}"] = without(fields_of_name[:m], inside(field, _counting(field, size, prefix)))
        if canonical_name(name) == "level":
            aggregations[f"{n}"] = {"filter": {"match_all": {}}, "aggs": fields.level_counts()}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": aggregations}


def countable(fields: LogFields, name: str) -> list[Field]:
    """Where whole values of a field can be counted; levels are counted in their own way."""
    if canonical_name(name) == "level":
        return []
    return [field for field in fields.counted(name) if field.whole and not field.indices]


def facet_of(fields: LogFields, answer: Answer, n: int, name: str, size: int, prefix: str = "") -> Facet:
    """The facet of the nth name."""
    counts: Counter[str] = Counter()
    others = 0
    if canonical_name(name) == "level":
        counts.update(read_levels(answer.aggregations.get(str(n), {"doc_count": 0})))
    for m, _ in enumerate(countable(fields, name)):
        aggregation = answer.aggregations.get(f"{n}.{m}", {})
        others += int(unfolded(aggregation).get("sum_other_doc_count", 0))
        for value, bucket in buckets(aggregation):
            counts[value] += bucket["doc_count"]
    del counts[""]
    starting = {value: lines for value, lines in counts.items() if value.lower().startswith(prefix.lower())}
    ordered = sorted(starting.items(), key=lambda pair: (-pair[1], pair[0]))
    unknown = canonical_name(name) != "level" and len(countable(fields, name)) < len(fields.fields_for(name))
    left = others + sum(lines for _, lines in ordered[size:])
    return Facet(
        name, tuple(FacetValue(value[:_CUT_VALUE], lines) for value, lines in ordered[:size]), -1 if unknown else left
    )


def _counting(field: Field, size: int, prefix: str) -> dict[str, Any]:
    if not prefix:
        return terms(field, size + 1)  # one more: an empty text may be among them
    is_text = field.kind in ("keyword", "text")
    return terms(field, size + 1, beginning(prefix[:_LONG_PREFIX])) if is_text else terms(field, _FILTERED)
