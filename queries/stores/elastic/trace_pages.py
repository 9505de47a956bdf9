"""Pages of traces: each trace once, at its first matching span in the asked order, over any number of pages.

The cluster keeps no state. The first page collapses spans by trace. A later page goes on behind the cursor's span and
leaves out traces whose first matching span lies before it: those were shown already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.search import cursor as cursors
from queries.stores.elastic.client import Answer, Cluster
from queries.stores.elastic.dsl import Query, every, none_of
from queries.stores.elastic.trace_fields import TraceFields
from queries.traces.types import Sort, Span, TracePaging

_KIND: Final = "elastic-traces"
_BATCH: Final = 500  # spans of a later page that are looked at in one round
_ROUNDS: Final = 8
_BY_DURATION: Final = ("slowest", "fastest")
_RISING: Final = ("oldest", "fastest")


@dataclass(frozen=True)
class Hit:
    """A matching span and where it stands: `key` orders over all parts."""

    span: Span
    key: tuple[Any, ...]
    values: list[Any]


@dataclass(frozen=True)
class Selection:
    """Spans of one part that match, in an order."""

    fields: TraceFields
    where: Query
    sort: Sort

    def body(self, size: int, after: Sequence[Any] = (), collapsed: bool = False, only: Query | None = None) -> Any:
        """The search."""
        body: dict[str, Any] = {
            "query": every([self.where, *([only] if only else [])]),
            "size": size,
            "track_total_hits": False,
            "sort": _order(self.fields, self.sort),
            "_source": list(self.fields.layout.brief),
        }
        if after:
            body["search_after"] = list(after)
        if collapsed:
            body["collapse"] = {"field": self.fields.fields_for("trace_id")[0].whole}
        return body

    def hits(self, answer: Answer) -> list[Hit]:
        """What was found, spans that cannot be read left out."""
        hits = []
        for hit in answer.hits:
            span = self.fields.layout.span(hit.get("_source", {}))
            if span:
                hits.append(Hit(span, _key(hit["sort"], self.sort), hit["sort"]))
        return hits


def _order(fields: TraceFields, sort: Sort) -> list[dict[str, Any]]:
    """The requested key, then trace and span: the same order as in other stores, and unique."""
    way = "asc" if sort in _RISING else "desc"
    span_id = next((field.whole for field in fields.fields_for("span_id") if field.whole), fields.part.span_id)
    return [
        *_numbers(fields, sort, {"order": way, "unmapped_type": "long"}),
        {fields.fields_for("trace_id")[0].whole: {"order": way}},
        {span_id: {"order": "asc", "unmapped_type": "keyword"}},
    ]


def _numbers(fields: TraceFields, sort: Sort, how: dict[str, Any]) -> list[dict[str, Any]]:
    """The duration, or the time as exactly as it is kept."""
    if sort in _BY_DURATION:
        return [{fields.part.duration: how}]
    main = fields.layout.time
    exact = {"numeric_type": "date_nanos"} if fields.caps.kind(main) == "date_nanos" else {}
    fine = [{fields.layout.fine: {**how, "missing": 0}}] if fields.layout.fine else []
    return [{main: {**how, **exact}}, *fine]


def _key(values: Sequence[Any], sort: Sort) -> tuple[Any, ...]:
    """A key that rises in the asked order: numbers are turned where it falls; texts need a wrapper."""
    *numbers, trace_id, span_id = values
    if sort in _RISING:
        return (*numbers, trace_id, span_id or "")
    return (*(-number for number in numbers), _Falling(trace_id), span_id or "")


class _Falling(str):
    """A text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)

    def __le__(self, other: str) -> bool:
        return str.__ge__(self, other)

    def __ge__(self, other: str) -> bool:
        return str.__le__(self, other)


def first_hits(
    cluster: Cluster, index: str, chosen: Sequence[Selection], paging: TracePaging, deadline: Deadline
) -> tuple[list[Hit], str, list[Answer]]:
    """The page's traces by their first matching span, the cursor of the next page, and the answers."""
    if not paging.cursor:
        answers = _ask(cluster, index, chosen, deadline, size=paging.limit + 1, collapsed=True)
        hits = _distinct(_merged(chosen, answers), set())
        return hits[: paging.limit], _onward(hits, paging), answers
    return _later(cluster, index, chosen, paging, deadline)


def _later(
    cluster: Cluster, index: str, chosen: Sequence[Selection], paging: TracePaging, deadline: Deadline
) -> tuple[list[Hit], str, list[Answer]]:
    after = _decoded(paging, len(_order(chosen[0].fields, paging.sort)) - 2)
    start, listed, page, answered = _key(after, paging.sort), set[str](), list[Hit](), list[Answer]()
    for _ in range(_ROUNDS):
        # One trace may have more spans than all rounds hold: those that were seen are not asked again.
        others = (
            none_of({"terms": {chosen[0].fields.fields_for("trace_id")[0].whole: sorted(listed)}}) if listed else None
        )
        answers = _ask(cluster, index, chosen, deadline, size=_BATCH, after=after, only=others)
        answered += answers
        # Parts that were read to the end are complete; of the others only what lies before the first gap counts.
        lists = [selection.hits(answer) for selection, answer in zip(chosen, answers, strict=True)]
        full = [hits[-1] for hits, answer in zip(lists, answers, strict=True) if hits and len(answer.hits) == _BATCH]
        gap = min(full, key=lambda batch: batch.key) if full else None
        hits = sorted((hit for hits in lists for hit in hits), key=lambda hit: hit.key)
        fresh = _distinct([hit for hit in hits if gap is None or hit.key <= gap.key], listed)
        listed |= {hit.span.trace_id for hit in fresh}
        page += _not_before(cluster, index, chosen, fresh, start, deadline)
        if gap is None or len(page) > paging.limit:
            break
        after = gap.values
    else:  # the rounds are over: the next page goes on where this one stops looking
        if gap is not None and len(page) <= paging.limit:
            return page, encoded(paging.sort, gap), answered
    return page[: paging.limit], _onward(page, paging), answered


def _onward(hits: Sequence[Hit], paging: TracePaging) -> str:
    """The cursor behind a page; empty when nothing follows."""
    return encoded(paging.sort, hits[paging.limit - 1]) if len(hits) > paging.limit else ""


def _not_before(
    cluster: Cluster,
    index: str,
    chosen: Sequence[Selection],
    hits: list[Hit],
    start: tuple[Any, ...],
    deadline: Deadline,
) -> list[Hit]:
    """Without those whose trace has a matching span at the cursor or before it."""
    if not hits:
        return []
    ids = [hit.span.trace_id for hit in hits]
    only = {"terms": {chosen[0].fields.fields_for("trace_id")[0].whole: ids}}
    answers = _ask(cluster, index, chosen, deadline, size=len(ids), collapsed=True, only=only)
    before = {hit.span.trace_id for hit in _merged(chosen, answers) if hit.key <= start}
    return [hit for hit in hits if hit.span.trace_id not in before]


def _ask(cluster: Cluster, index: str, chosen: Sequence[Selection], deadline: Deadline, **what: Any) -> list[Answer]:
    return cluster.search_all([(index, selection.body(**what)) for selection in chosen], deadline)


def _merged(chosen: Sequence[Selection], answers: Sequence[Answer]) -> list[Hit]:
    hits = [hit for selection, answer in zip(chosen, answers, strict=True) for hit in selection.hits(answer)]
    return sorted(hits, key=lambda hit: hit.key)


def _distinct(hits: Sequence[Hit], listed: set[str]) -> list[Hit]:
    """The first of every trace."""
    by_trace: dict[str, Hit] = {}
    for hit in hits:
        if hit.span.trace_id not in listed:
            by_trace.setdefault(hit.span.trace_id, hit)
    return list(by_trace.values())


def encoded(sort: Sort, hit: Hit) -> str:
    """The cursor behind a hit."""
    return cursors.encode(_KIND, sort, *hit.values)


def _decoded(paging: TracePaging, numbers: int) -> list[Any]:
    """Sort values out of a cursor, so many of them numbers. Raises InvalidInput."""
    sort, *values = cursors.decode(_KIND, paging.cursor, str, *[int] * numbers, str, str)
    if sort != paging.sort or any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        cursors.decode(_KIND, "", str)  # another order's cursor is none
    return list(values)
