"""Searches over log lines, and what their answers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from queries.found import Facet, FacetValue
from queries.logs.cutting import cut
from queries.logs.names import canonical
from queries.logs.types import LogLine, LogPage, Paging
from queries.sources.elastic import paging as pages
from queries.sources.elastic.aggs import buckets, inside, terms, unfolded
from queries.sources.elastic.client import COUNTED, Answer
from queries.sources.elastic.document import document
from queries.sources.elastic.dsl import Field, Query, beginning
from queries.sources.elastic.log_fields import LogFields, read_levels

CURSOR: Final = "elastic-logs"
_LONG_PREFIX: Final = 60  # characters; Lucene takes a thousand in an expression
_FILTERED: Final = 1_000  # values that are looked through where the cluster cannot compare beginnings
_CUT_VALUE: Final = 1_000


@dataclass(frozen=True)
class PageAsk:
    """A page that was asked: `ascending` is the direction of the search, `back` that of the reader."""

    limit: int
    ascending: bool
    back: bool
    inner: bool  # not the first page


def page_ask(paging: Paging) -> tuple[PageAsk, pages.Spot | None]:
    """What to search. Raises InvalidInput."""
    limit = min(paging.limit, pages.MOST)
    if not paging.cursor:
        return PageAsk(limit, paging.oldest_first, False, False), None
    back, spot = pages.decode(CURSOR, paging.cursor)
    return PageAsk(limit, paging.oldest_first != back, back, True), spot


def lines_body(fields: LogFields, query: Query, ascending: bool, size: int, after: pages.Spot | None) -> dict[str, Any]:
    """Lines in an order, counted up to a limit."""
    kind = fields.caps.kind(fields.layout.time)
    body: dict[str, Any] = {
        "query": query, "size": size, "sort": pages.order(fields.layout.time, kind, ascending),
        "track_total_hits": COUNTED,
    }  # fmt: skip
    if after:
        body["search_after"] = pages.after(after, kind)
    return body


def page_of(fields: LogFields, answer: Answer, asked: PageAsk) -> LogPage:
    """The page, with cursors both ways."""
    hits = answer.hits
    more, shown = len(hits) > asked.limit, hits[: asked.limit]
    shown = shown[::-1] if asked.back else shown
    kind = fields.caps.kind(fields.layout.time)
    onward = pages.encode(CURSOR, False, pages.spot(shown[-1], kind)) if shown and (asked.back or more) else ""
    backward = asked.inner and (more or not asked.back)
    previous = pages.encode(CURSOR, True, pages.spot(shown[0], kind)) if shown and backward else ""
    return LogPage(lines_of(fields, shown, asked.ascending != asked.back), answer.total, onward, previous)


def lines_of(fields: LogFields, hits: Sequence[dict[str, Any]], ascending: bool) -> tuple[LogLine, ...]:
    """Hits as lines, cut. Within the cluster's resolution of time they are put in order by their own times."""
    found = [cut(line_of(fields, hit)) for hit in hits]
    return tuple(sorted(found, key=lambda line: line.at_ns if ascending else -line.at_ns))


def line_of(fields: LogFields, hit: dict[str, Any]) -> LogLine:
    """A hit as a line, uncut."""
    return fields.layout.line(document(hit), pages.spot(hit, fields.caps.kind(fields.layout.time)).at)


def histogram_body(fields: LogFields, query: Query, width: int) -> dict[str, Any]:
    """Lines by level over time; the shards keep the answer."""
    bars = {"field": fields.layout.time, "fixed_interval": f"{width}s", "min_doc_count": 1}
    counting = fields.level_counts()
    return {
        "query": query, "size": 0, "track_total_hits": False,
        "aggs": {"bars": {"date_histogram": bars, **({"aggs": counting} if counting else {})}},
    }  # fmt: skip


def bars_of(answer: Answer) -> Mapping[int, Mapping[str, int]]:
    """Counts by start (epoch seconds) and level."""
    found = answer.aggregations.get("bars", {}).get("buckets", ())
    return {int(bucket["key"]) // 1_000: read_levels(bucket) for bucket in found}


def facets_body(fields: LogFields, query: Query, names: Sequence[str], size: int, prefix: str = "") -> dict[str, Any]:
    """The most frequent values of fields; the shards keep the answer."""
    found: dict[str, Any] = {}
    for n, name in enumerate(names):
        for m, field in enumerate(countable(fields, name)):
            found[f"{n}.{m}"] = inside(field, _counting(field, size, prefix))
        if canonical(name) == "level":
            found[f"{n}"] = {"filter": {"match_all": {}}, "aggs": fields.level_counts()}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": found}


def countable(fields: LogFields, name: str) -> list[Field]:
    """Where whole values of a field can be counted; levels are counted in their own way."""
    if canonical(name) == "level":
        return []
    return [field for field in fields.found(name) if field.whole and field.kind != "mixed"]


def facet_of(fields: LogFields, answer: Answer, n: int, name: str, size: int, prefix: str = "") -> Facet:
    """The facet of the nth name."""
    counts: Counter[str] = Counter()
    others = 0
    if canonical(name) == "level":
        counts.update(read_levels(answer.aggregations.get(str(n), {"doc_count": 0})))
    for m, _ in enumerate(countable(fields, name)):
        found = answer.aggregations.get(f"{n}.{m}", {})
        others += int(unfolded(found).get("sum_other_doc_count", 0))
        for value, bucket in buckets(found):
            counts[value] += bucket["doc_count"]
    del counts[""]
    starting = {value: lines for value, lines in counts.items() if value.lower().startswith(prefix.lower())}
    ordered = sorted(starting.items(), key=lambda one: (-one[1], one[0]))
    unknown = canonical(name) != "level" and not countable(fields, name) and bool(fields.found(name))
    left = others + sum(lines for _, lines in ordered[size:])
    return Facet(
        name, tuple(FacetValue(value[:_CUT_VALUE], lines) for value, lines in ordered[:size]), -1 if unknown else left
    )


def _counting(field: Field, size: int, prefix: str) -> dict[str, Any]:
    if not prefix:
        return terms(field, size + 1)  # one more: an empty text may be among them
    is_text = field.kind in ("keyword", "text")
    return terms(field, size + 1, beginning(prefix[:_LONG_PREFIX])) if is_text else terms(field, _FILTERED)
