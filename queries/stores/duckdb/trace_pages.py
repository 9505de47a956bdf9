"""Pages of traces out of the table of spans: matching spans grouped by trace, and what each trace holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.search import cursor as cursors
from queries.stores.duckdb.database import Database
from queries.stores.duckdb.sql import Sql, joined
from queries.stores.duckdb.trace_table import TABLE
from queries.traces.types import Sort, TracePaging, TraceSummary

_KIND: Final = "spans"
_ORDER: Final[dict[Sort, tuple[str, bool]]] = {
    "newest": ("start_ns", False),
    "oldest": ("start_ns", True),
    "slowest": ("duration_ns", False),
    "fastest": ("duration_ns", True),
}
_MATCHED: Final = ("trace_id", "span_id", "service", "name", "duration_ns", "start_ns", "status")
MatchedSpan = dict[str, Any]


def matched(database: Database, where: Sql, paging: TracePaging, deadline: Deadline) -> tuple[list[MatchedSpan], str]:
    """The first matching span of each trace in the asked order, and the cursor of the next page."""
    column, ascending = _ORDER[paging.sort]
    way, sign = ("ASC", ">") if ascending else ("DESC", "<")
    after = Sql("TRUE")
    if paging.cursor:
        sort, value, trace_id = cursors.decode(_KIND, paging.cursor, str, int, str)
        if sort == paging.sort:
            after = Sql(f"({column}, trace_id) {sign} (?, ?)", (value, trace_id))
    statement = Sql(
        f"WITH ranked AS (SELECT {', '.join(_MATCHED)}, row_number() OVER "  # noqa: S608
        f"(PARTITION BY trace_id ORDER BY {column} {way}, span_id) AS place FROM {TABLE} WHERE {where.text}) "
        f"SELECT {', '.join(_MATCHED)} FROM ranked WHERE place = 1 AND {after.text} "
        f"ORDER BY {column} {way}, trace_id {way} LIMIT ?",
        (*where.values, *after.values, paging.limit + 1),
    )
    rows = [dict(zip(_MATCHED, row, strict=True)) for row in database.rows(statement, deadline)]
    page = rows[: paging.limit]
    more = len(rows) > paging.limit
    onward = cursors.encode(_KIND, paging.sort, page[-1][column], page[-1]["trace_id"]) if more and page else ""
    return page, onward


def count(database: Database, where: Sql, deadline: Deadline) -> int:
    """How many traces have a matching span."""
    statement = Sql(f"SELECT count(DISTINCT trace_id) FROM {TABLE} WHERE {where.text}", where.values)  # noqa: S608
    return int(database.rows(statement, deadline)[0][0])


def summaries(database: Database, spans: Sequence[MatchedSpan], deadline: Deadline) -> tuple[TraceSummary, ...]:
    """What each of these spans' traces holds, in their order."""
    if not spans:
        return ()
    ids = joined((Sql("?", (span["trace_id"],)) for span in spans), ",")
    services = Sql(
        "SELECT trace_id, service, count(*), count(*) FILTER (WHERE status = 'error') "  # noqa: S608
        f"FROM {TABLE} WHERE trace_id IN ({ids.text}) GROUP BY ALL",
        ids.values,
    )
    first = "(parent_id <> '', start_ns, span_id)"  # a root before all others
    roots = Sql(
        f"SELECT trace_id, arg_min(service, {first}), arg_min(name, {first}), arg_min(start_ns, {first}), "  # noqa: S608
        f"arg_min(duration_ns, {first}), bool_or(parent_id = '') FROM {TABLE} "
        f"WHERE trace_id IN ({ids.text}) GROUP BY trace_id",
        ids.values,
    )
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for trace_id, service, spans_of, errors in database.rows(services, deadline):
        counts.setdefault(trace_id, {})[service] = (spans_of, errors)
    root = {row[0]: row[1:] for row in database.rows(roots, deadline)}
    # Between the two questions a file may have gone, and traces with it.
    there = [(span, span["trace_id"]) for span in spans if span["trace_id"] in counts and span["trace_id"] in root]
    return tuple(_summary(span, counts[trace_id], root[trace_id]) for span, trace_id in there)


def _summary(span: MatchedSpan, counts: dict[str, tuple[int, int]], root: tuple[Any, ...]) -> TraceSummary:
    service, name, start_ns, duration_ns, has_root = root
    return TraceSummary(
        span["trace_id"],
        service,
        name,
        start_ns,
        duration_ns,
        sum(spans for spans, _ in counts.values()),
        sum(errors for _, errors in counts.values()),
        {service: spans for service, (spans, _) in sorted(counts.items())},
        has_root,
        span["span_id"],
        span["service"],
        span["name"],
        span["duration_ns"],
        span["start_ns"],
        span["status"] == "error",
    )
