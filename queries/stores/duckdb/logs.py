"""The embedded log store: files of JSON (compact JSON of the file sink, OTLP, ECS, …), read through DuckDB."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.logs import buckets as grid
from queries.logs import patterns as grouping
from queries.logs import tailing
from queries.logs.names import canonical_name
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
from queries.search import cursor as cursors
from queries.search.results import NANO, Count, Facet, FacetValue, FieldList, Quality, SignificantValues
from queries.stores.duckdb import log_table
from queries.stores.duckdb.database import Database
from queries.stores.duckdb.follow import LINES_OR_OBJECTS
from queries.stores.duckdb.ingest import Ingest, Progress
from queries.stores.duckdb.log_fields import LEVEL_WORD, LogFields, condition
from queries.stores.duckdb.log_lines import fault
from queries.stores.duckdb.significant_values import log_fields_of, log_significant_values
from queries.stores.duckdb.sql import Sql, elements, joined

# Properties of the gateway's events that people ask for most: a column of their own makes them quick.
PROMOTED: Final = ("Endpoint", "Method", "StatusCode", "ProviderId", "Model", "RequestId", "UserId")
_CURSOR: Final = "files"
_GROUPS: Final = 5_000  # distinct templates and levels that are looked at


@dataclass(frozen=True)
class FileLogSettings:
    """Where the files are and how much of them is loaded; `memory_mb` bounds DuckDB, the rest is on disk."""

    folder: Path
    patterns: tuple[str, ...] = ("codeagent-*.json", "log*.json", "log*.jsonl", "log*.ndjson", "*.clef")
    memory_mb: int = 256
    most_lines: int = 3_000_000
    promoted: tuple[str, ...] = PROMOTED


class FileLogStore:
    """`LogStore` over files. Safe for threads."""

    name = "log files"

    def __init__(self, settings: FileLogSettings, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._fields = LogFields(settings.promoted)
        self._database = Database("logs", settings.memory_mb)
        create = partial(log_table.create, self._database, settings.promoted)
        insert = partial(log_table.insert, self._database, settings.promoted)
        self._ingest = Ingest(
            self._database,
            log_table.TABLE,
            settings.folder,
            settings.patterns,
            create,
            insert,
            settings.most_lines,
            LINES_OR_OBJECTS,
            fault,
        )

    def search(self, query: LogQuery, paging: Paging, deadline: Deadline) -> LogPage:
        """One page of lines, with the total."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = condition(query, self._fields)
        page = self._page(where, paging, deadline)
        try:
            total = Count(self._count(where, deadline))
        except SourceUnavailable:
            total = Count(len(page.lines), exact=False)
        return replace(page, total=total, quality=_quality(progress, begun))

    def histogram(self, query: LogQuery, buckets: int, deadline: Deadline) -> LogHistogram:
        """Lines by level over the whole range."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        width = grid.width_of(query.range, buckets)
        where = condition(query, self._fields)
        counts: dict[int, dict[str, int]] = {}
        statement = Sql(
            f"SELECT at_ns // {width * NANO} * {width} AS start, {LEVEL_WORD} AS word, count(*) "  # noqa: S608
            f"FROM {log_table.TABLE} WHERE {where.text} GROUP BY ALL",
            where.values,
        )
        for start, word, count in self._database.rows(statement, deadline):
            counts.setdefault(start, {})[word] = count
        return grid.histogram(query.range, width, counts, _quality(progress, begun))

    def facets(self, query: LogQuery, fields: Sequence[str], size: int, deadline: Deadline) -> LogFacets:
        """The most frequent values of each field; what there was no time for is empty and said."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        facets, late = [], []
        for field in fields:
            try:
                facets.append(self._facet(query, field, "", size, deadline))
            except SourceUnavailable:
                facets.append(Facet(field, (), -1))
                late.append(f"There was no time to count {field}.")
        return LogFacets(tuple(facets), _quality(progress, begun, late))

    def explore(
        self, query: LogQuery, paging: Paging, buckets: int, fields: Sequence[str], size: int, deadline: Deadline
    ) -> LogExplorer:
        """Search, histogram and facets."""
        page = self.search(query, paging, deadline)
        return LogExplorer(page, self.histogram(query, buckets, deadline), self.facets(query, fields, size, deadline))

    def fields(self, query: LogQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields of the newest matching lines."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        fields = log_fields_of(self._database, condition(query, self._fields), limit, deadline)
        return replace(fields, quality=_quality(progress, begun))

    def values(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values that begin with the prefix."""
        self._ingest.refresh(deadline)
        return self._facet(query, field, prefix, size, deadline)

    def line(self, line_id: str, deadline: Deadline) -> LogLine:
        """One line, uncut."""
        self._ingest.refresh(deadline)
        file, _, position = line_id.rpartition("@")
        lines = []
        if position.isdecimal() and len(position) < 18:
            lines = self._lines(Sql("file = ? AND pos = ?", (file, int(position))), "pos", 1, deadline, cut=False)
        if not lines:
            raise InvalidInput("line", "This line does not exist.", "Its file may have been deleted.")
        return lines[0]

    def context(self, line_id: str, around: Around, before: int, after: int, deadline: Deadline) -> LogContext:
        """Lines before and after it, by place in the file or by time."""
        begun = time.monotonic()
        line = self.line(line_id, deadline)
        key, same = _shared(line, around)
        earlier, later = self._beside(line, around, before, after, same, deadline)
        return LogContext(
            tuple(reversed(earlier)), line, tuple(later), around, key, _quality(self._ingest.refresh(deadline), begun)
        )

    def tail(self, query: LogQuery, cursor: str, limit: int, deadline: Deadline) -> LogTail:
        """What came since the cursor."""
        now = int(self._clock() * 1e6) * 1_000
        return tailing.tail(query, cursor, limit, now, lambda part, page: self.search(part, page, deadline))

    def patterns(self, query: LogQuery, size: int, deadline: Deadline) -> LogPatterns:
        """Lines grouped by message template, or by the shape of their message."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = condition(query, self._fields)
        statement = Sql(
            f"SELECT template, {LEVEL_WORD}, count(*) AS lines, min(at_ns), max(at_ns), left(any_value(message), 2000) "  # noqa: S608
            f"FROM {log_table.TABLE} WHERE {where.text} "
            "GROUP BY template, level, raw_level, CASE WHEN template = '' THEN left(message, 2000) END "
            f"ORDER BY lines DESC LIMIT {_GROUPS}",
            where.values,
        )
        groups = [grouping.Group(*row) for row in self._database.rows(statement, deadline)]
        looked_at = sum(group.lines for group in groups)
        total = self._count(where, deadline) if len(groups) == _GROUPS else looked_at
        late = ["The rarest messages are left out."] if looked_at < total else []
        return LogPatterns(
            grouping.merge_groups(groups, size), looked_at, Count(total), _quality(progress, begun, late)
        )

    def correlated(self, correlation_id: str, limit: int, deadline: Deadline) -> LogPage:
        """Every line that carries the id as its correlation or trace id, oldest first."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        where = Sql("(correlation_id = ? OR trace_id = ?)", (correlation_id, correlation_id))
        page = self._page(where, Paging(limit, oldest_first=True), deadline)
        return replace(page, total=Count(self._count(where, deadline)), quality=_quality(progress, begun))

    def significant_values(
        self, selection: LogQuery, around: LogQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Fields that tell the selection from the rest."""
        begun, progress = time.monotonic(), self._ingest.refresh(deadline)
        inside, outside = condition(selection, self._fields), condition(around, self._fields)
        values = log_significant_values(self._database, inside, outside, size, deadline)
        quality = _quality(progress, begun, values.quality.notes)
        return replace(values, quality=quality)

    def close(self) -> None:
        """Remove the temporary database."""
        self._database.close()

    def _page(self, where: Sql, paging: Paging, deadline: Deadline) -> LogPage:
        back, ascending, parts = False, paging.oldest_first, [where]
        if paging.cursor:
            back, at_ns, file, pos = cursors.decode(_CURSOR, paging.cursor, bool, int, str, int)
            ascending = paging.oldest_first != back
            parts.append(_beyond(at_ns, file, pos, ascending))
        way = "ASC" if ascending else "DESC"
        order = f"at_ns {way}, file {way}, pos {way}"
        lines = self._lines(joined(parts, "AND"), order, paging.limit + 1, deadline)
        more, page = len(lines) > paging.limit, lines[: paging.limit]
        page = page[::-1] if back else page
        onward = _cursor(False, page[-1]) if page and (back or more) else ""
        backward = _cursor(True, page[0]) if page and paging.cursor and (more or not back) else ""
        return LogPage(tuple(page), Count(0), onward, backward)

    def _lines(self, where: Sql, order: str, limit: int, deadline: Deadline, cut: bool = True) -> list[LogLine]:
        statement = Sql(
            f"SELECT {log_table.select(cut)} FROM {log_table.TABLE} WHERE {where.text} ORDER BY {order} LIMIT ?",  # noqa: S608
            (*where.values, limit),
        )
        return [log_table.line(row, cut) for row in self._database.rows(statement, deadline)]

    def _count(self, where: Sql, deadline: Deadline) -> int:
        statement = Sql(f"SELECT count(*) FROM {log_table.TABLE} WHERE {where.text}", where.values)  # noqa: S608
        return int(self._database.rows(statement, deadline)[0][0])

    def _facet(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        where, value = condition(query, self._fields), self._fields.text(field)
        values = value if canonical_name(field) else Sql(f"unnest({elements(value).text})", elements(value).values)
        starts = Sql("starts_with(lower(value), lower(?))", (prefix,)) if prefix else Sql("TRUE")
        statement = Sql(
            f"WITH listed AS (SELECT {values.text} AS value FROM {log_table.TABLE} WHERE {where.text}), "  # noqa: S608
            "counted AS (SELECT value, count(*) AS lines FROM listed GROUP BY ALL) "
            "SELECT left(value, 1000), lines, sum(lines) OVER () FROM counted "
            f"WHERE value <> '' AND {starts.text} ORDER BY lines DESC, value LIMIT ?",
            (*values.values, *where.values, *starts.values, size),
        )
        rows = self._database.rows(statement, deadline)
        counts = tuple(FacetValue(value, count) for value, count, _ in rows)
        return Facet(field, counts, int(rows[0][2]) - sum(count.count for count in counts) if rows else 0)

    def _beside(
        self, line: LogLine, around: Around, before: int, after: int, same: Sql, deadline: Deadline
    ) -> tuple[list[LogLine], list[LogLine]]:
        _, file, pos, _ = line.position
        if around == "file":
            earlier, later = Sql("pos < ?", (pos,)), Sql("pos > ?", (pos,))
            orders = ("pos DESC", "pos ASC")
        else:
            earlier = _beyond(line.at_ns, file, pos, ascending=False)
            later = _beyond(line.at_ns, file, pos, ascending=True)
            orders = ("at_ns DESC, file DESC, pos DESC", "at_ns ASC, file ASC, pos ASC")
        return (
            self._lines(joined([same, earlier], "AND"), orders[0], before, deadline),
            self._lines(joined([same, later], "AND"), orders[1], after, deadline),
        )


def _shared(line: LogLine, around: Around) -> tuple[str, Sql]:
    key = {"file": line.place, "host": line.host, "correlation": line.correlation_id}[around]
    if not key:
        raise InvalidInput("around", f"This line has no {around}.", "Show the lines around it in its file instead.")
    column = {"file": "file", "host": "host", "correlation": "correlation_id"}[around]
    return key, Sql(f"{column} = ?", (key,))


def _beyond(at_ns: int, file: str, pos: int, ascending: bool) -> Sql:
    sign = ">" if ascending else "<"
    # The first part lets DuckDB skip whole row groups.
    return Sql(f"(at_ns {sign}= ? AND (at_ns, file, pos) {sign} (?, ?, ?))", (at_ns, at_ns, file, pos))


def _cursor(back: bool, line: LogLine) -> str:
    return cursors.encode(_CURSOR, back, *line.position[:3])


def _quality(progress: Progress, begun: float, more: Sequence[str] = ()) -> Quality:
    took = (time.monotonic() - begun) * 1_000
    return Quality(progress.incomplete or bool(more), (*progress.notes("log"), *more), took)
