"""The embedded trace store: OTLP JSON lines of the file exporter, read through DuckDB."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Count, Facet, FacetValue, FieldInfo, FieldList, Quality, Range, SignificantValues
from queries.stores.duckdb import trace_table
from queries.stores.duckdb.database import Database
from queries.stores.duckdb.follow import OBJECTS
from queries.stores.duckdb.ingest import Ingest, Progress
from queries.stores.duckdb.otlp import fault
from queries.stores.duckdb.significant_values import LOOKED_AT, field_list, significant_values
from queries.stores.duckdb.sql import Sql, joined
from queries.stores.duckdb.trace_fields import FIELDS, condition
from queries.stores.duckdb.trace_pages import count, matched, summaries
from queries.stores.duckdb.trace_table import TABLE
from queries.stores.duckdb.trace_tops import Tops
from queries.traces.identity import span_id_of, span_of
from queries.traces.names import CANONICAL
from queries.traces.service_map import MapSpan, service_edges
from queries.traces.types import (
    Dot,
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

MOST_SPANS: Final = 50_000  # of one trace
MAPPED: Final = 200_000  # newest spans that the service map joins
_ERRORS: Final = "count(*) FILTER (WHERE status = 'error')"
_STANDING: Final = ("name", "service", "status", "kind")
_DOT: Final = "trace_id, span_id, start_ns, duration_ns, status = 'error', service, name"


@dataclass(frozen=True)
class FileTraceSettings:
    """Where the files are and how much of them is loaded; `memory_mb` bounds DuckDB, the rest is on disk."""

    folder: Path
    # The first is our exporter's name, the second the collector's.
    patterns: tuple[str, ...] = ("traces*.jsonl", "traces*.json")
    memory_mb: int = 256
    most_spans: int = 2_000_000


class FileTraceStore:
    """`TraceStore` over files. Safe for threads."""

    name = "trace files"

    def __init__(self, settings: FileTraceSettings) -> None:
        self._database = Database("traces", settings.memory_mb)
        create = partial(trace_table.create, self._database)
        insert = partial(trace_table.insert, self._database)
        self._ingest = Ingest(
            self._database,
            TABLE,
            settings.folder,
            settings.patterns,
            create,
            insert,
            settings.most_spans,
            OBJECTS,
            fault,
        )
        self._tops = Tops(self._database, self._ingest)

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = self._where(query, deadline)
        spans, onward = matched(self._database, where, paging, deadline)
        total = Count(count(self._database, where, deadline))
        return TracePage(summaries(self._database, spans, deadline), total, onward, _quality(progress, begun))

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        rows, others = self._counted("service", f"count(*) AS spans, {_ERRORS}", query, limit, deadline)
        return ServiceList(tuple(ServiceCount(*row) for row in rows), others, _quality(progress, begun))

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans, with exact percentiles."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        columns = f"count(*) AS spans, {_ERRORS}, quantile_cont(duration_ns, 0.5), quantile_cont(duration_ns, 0.95)"
        rows, others = self._counted("name", columns, query, limit, deadline)
        return OperationList(tuple(OperationCount(*row) for row in rows), others, _quality(progress, begun))

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace, by start."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = Sql("trace_id = ?", (trace_id.lower(),))
        if near is not None:
            where = joined([where, Sql("start_ns >= ? AND start_ns < ?", (near.start_ns, near.end_ns))], "AND")
        spans = self._spans(where, details, deadline)
        if not spans:
            raise InvalidInput("trace", "This trace does not exist.", "Its file may have been deleted.")
        known = len(spans) if len(spans) < MOST_SPANS else self._count(where, deadline)
        more = [f"{known - len(spans):,} more spans are not shown; the limit is {MOST_SPANS:,}."]
        left = more if known > len(spans) else []
        return Trace(trace_id.lower(), tuple(spans), known - len(spans), _quality(progress, begun, left))

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        by_id: dict[str, list[Span]] = {trace_id.lower(): [] for trace_id in trace_ids}
        where = Sql(f"trace_id IN ({', '.join('?' * len(by_id)) or 'NULL'})", tuple(by_id))
        spans = self._spans(where, True, deadline)
        for span in spans:
            by_id[span.trace_id].append(span)
        known = len(spans) if len(spans) < MOST_SPANS else self._count(where, deadline)
        left = [f"{known - len(spans):,} more spans are not shown; the limit is {MOST_SPANS:,}."]
        whole = _quality(progress, begun, left if known > len(spans) else [])
        complete = ((trace_id, tuple(listed)) for trace_id, listed in by_id.items() if listed)
        return TraceList(tuple(Trace(trace_id, listed, 0, whole) for trace_id, listed in complete), whole)

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has."""
        self._ingest.refresh(deadline)
        where = Sql("trace_id = ? AND span_id = ?", (trace_id.lower(), span_id_of(key.lower())))
        span = span_of(self._spans(where, True, deadline), key.lower())
        if span is None:
            raise InvalidInput("span", "This span does not exist.", "Its file may have been deleted.")
        return span

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points; beyond the limit a third each of the slowest, the failed and an even sample."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = self._where(query, deadline)
        total = self._count(where, deadline)
        if total <= limit:
            dots = self._dots(where, "start_ns", limit, deadline)
        else:
            third = -(-limit // 3)
            failed = joined([where, Sql("status = 'error'")], "AND")
            dots = [
                *self._dots(where, "duration_ns DESC", third, deadline),
                *self._dots(failed, "hash(span_id)", third, deadline),
                *self._dots(where, "hash(span_id)", limit, deadline),
            ]
        chosen = tuple(sorted(list(dict.fromkeys(dots))[:limit], key=lambda dot: dot.start_ns))
        return Scatter(chosen, Count(total), _quality(progress, begun))

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """A percentile of the matching spans' durations."""
        self._ingest.refresh(deadline)
        where = self._where(query, deadline)
        statement = Sql(
            f"SELECT quantile_disc(duration_ns, ?) FROM {TABLE} WHERE {where.text}",  # noqa: S608
            (percent / 100, *where.values),
        )
        ((duration,),) = self._database.rows(statement, deadline)
        return None if duration is None else int(duration)

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """The error-free trace whose matching span is closest to the median duration."""
        self._ingest.refresh(deadline)
        failed = f"trace_id IN (SELECT trace_id FROM {TABLE} WHERE status = 'error')"  # noqa: S608
        where = joined([self._where(query, deadline), Sql(f"NOT ({failed})"), Sql("trace_id <> ?", (but,))], "AND")
        statement = Sql(
            "WITH fine AS (SELECT trace_id, span_id, service, name, duration_ns, start_ns, status "  # noqa: S608
            f"FROM {TABLE} WHERE {where.text}), middle AS (SELECT median(duration_ns) AS at FROM fine) "
            "SELECT fine.* FROM fine, middle ORDER BY abs(duration_ns - middle.at), trace_id LIMIT 1",
            where.values,
        )
        names = ("trace_id", "span_id", "service", "name", "duration_ns", "start_ns", "status")
        rows = [dict(zip(names, row, strict=True)) for row in self._database.rows(statement, deadline)]
        return next(iter(summaries(self._database, rows, deadline)), None)

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom, out of the newest spans."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = condition(TraceQuery(range_))
        total = self._count(where, deadline)
        statement = Sql(
            "SELECT trace_id, span_id, parent_id, service, kind, duration_ns, status = 'error', peer, start_ns "  # noqa: S608
            f"FROM {TABLE} WHERE {where.text} ORDER BY start_ns DESC LIMIT {MAPPED}",
            where.values,
        )
        spans = [MapSpan(*row) for row in self._database.rows(statement, deadline)]
        nodes, edges = service_edges(spans)
        left = [f"Only the newest {len(spans):,} of {total:,} spans are joined."] if len(spans) < total else []
        return ServiceMap(nodes, edges, len(spans), Count(total), _quality(progress, begun, left))

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes of the newest matching spans."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = self._where(query, deadline)
        statement = Sql(
            f"SELECT attributes, resource FROM {TABLE} WHERE {where.text} "  # noqa: S608
            f"ORDER BY start_ns DESC LIMIT {LOOKED_AT}",
            where.values,
        )
        rows = [orjson.loads(shared) | orjson.loads(own) for own, shared in self._database.rows(statement, deadline)]
        fields = field_list(rows, [FieldInfo(name) for name in CANONICAL], limit)
        return replace(fields, quality=_quality(progress, begun))

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with the prefix."""
        self._ingest.refresh(deadline)
        where, value = self._where(query, deadline), FIELDS.text(field)
        starts = Sql("starts_with(lower(value), lower(?))", (prefix,)) if prefix else Sql("TRUE")
        statement = Sql(
            f"WITH counted AS (SELECT {value.text} AS value, count(*) AS spans FROM {TABLE} "  # noqa: S608
            f"WHERE {where.text} GROUP BY ALL) SELECT left(value, 1000), spans, sum(spans) OVER () FROM counted "
            f"WHERE value <> '' AND {starts.text} ORDER BY spans DESC, value LIMIT ?",
            (*value.values, *where.values, *starts.values, size),
        )
        rows = self._database.rows(statement, deadline)
        values = tuple(FacetValue(value, spans) for value, spans, _ in rows)
        return Facet(field, values, int(rows[0][2]) - sum(value.count for value in values) if rows else 0)

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Tags that tell the selection from the rest."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        columns = "[" + ", ".join(f"{{'k': '{name}', 'v': {name}}}" for name in _STANDING) + "]"
        values = significant_values(
            self._database,
            TABLE,
            "trace_id, span_id",
            columns,
            ("attributes", "resource"),
            self._where(selection, deadline),
            self._where(around, deadline),
            size,
            deadline,
        )
        return replace(values, quality=_quality(progress, begun, values.quality.notes))

    def close(self) -> None:
        """Remove the temporary database."""
        self._database.close()

    def _where(self, query: TraceQuery, deadline: Deadline) -> Sql:
        """The condition of a query; roots need to know which spans stand for missing ones."""
        if query.only:
            self._tops.refresh(self._ingest.progress, deadline)
        return condition(query)

    def _counted(
        self, column: str, columns: str, query: TraceQuery, limit: int, deadline: Deadline
    ) -> tuple[list[tuple[Any, ...]], int]:
        """Values of a column by spans, and how many spans the limit left out."""
        where = self._where(query, deadline)
        statement = Sql(
            f"WITH counted AS (SELECT {column}, {columns} FROM {TABLE} WHERE {where.text} GROUP BY {column}) "  # noqa: S608
            f"SELECT *, sum(spans) OVER () FROM counted ORDER BY spans DESC, {column} LIMIT ?",
            (*where.values, limit),
        )
        rows = self._database.rows(statement, deadline)
        others = int(rows[0][-1]) - sum(row[1] for row in rows) if rows else 0
        return [row[:-1] for row in rows], others

    def _spans(self, where: Sql, details: bool, deadline: Deadline) -> list[Span]:
        statement = Sql(
            f"SELECT {trace_table.select(details)} FROM {TABLE} WHERE {where.text} "  # noqa: S608
            f"ORDER BY start_ns, span_id LIMIT {MOST_SPANS}",
            where.values,
        )
        return [trace_table.span(row) for row in self._database.rows(statement, deadline)]

    def _dots(self, where: Sql, order: str, limit: int, deadline: Deadline) -> list[Dot]:
        statement = Sql(
            f"SELECT {_DOT} FROM {TABLE} WHERE {where.text} ORDER BY {order} LIMIT ?",  # noqa: S608
            (*where.values, limit),
        )
        return [Dot(*row) for row in self._database.rows(statement, deadline)]

    def _count(self, where: Sql, deadline: Deadline) -> int:
        statement = Sql(f"SELECT count(*) FROM {TABLE} WHERE {where.text}", where.values)  # noqa: S608
        return int(self._database.rows(statement, deadline)[0][0])


def _quality(progress: Progress, begun: float, more: Sequence[str] = ()) -> Quality:
    took = (time.monotonic() - begun) * 1_000
    return Quality(progress.incomplete or bool(more), (*progress.notes("trace"), *more), took)
