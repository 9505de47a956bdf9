"""What is different about a selection, and which fields there are: both unfold the JSON of a sample of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from queries.core.deadline import Deadline
from queries.logs.types import CANONICAL
from queries.search.results import FieldInfo, FieldList, Quality, SignificantValue, SignificantValues, jlh
from queries.stores.duckdb.database import Database
from queries.stores.duckdb.log_fields import LEVEL_WORD
from queries.stores.duckdb.log_table import TABLE
from queries.stores.duckdb.sql import Sql

SAMPLE: Final = 50_000  # rows whose fields are unfolded
LOOKED_AT: Final = 5_000  # newest rows that tell which fields there are
LEAST: Final = 3  # occurrences in the selection; fewer are chance (Elasticsearch's default too)
_KIND: Final = {bool: "flag", int: "number", float: "number"}
_LINE_COLUMNS: Final = {
    "level": LEVEL_WORD,
    "service": "service",
    "host": "host",
    "logger": "logger",
    "environment": "environment",
    "template": "template",
    "exception.type": "failure_kind",
}


def log_fields_of(database: Database, where: Sql, limit: int, deadline: Deadline) -> FieldList:
    """Fields of the newest lines, the canonical ones first."""
    statement = Sql(
        f"SELECT fields FROM {TABLE} WHERE {where.text} ORDER BY at_ns DESC LIMIT {LOOKED_AT}",  # noqa: S608
        where.values,
    )
    rows = [orjson.loads(text) for (text,) in database.rows(statement, deadline)]
    return field_list(rows, [FieldInfo(name) for name in CANONICAL], limit)


def field_list(rows: Sequence[Mapping[str, Any]], first: Sequence[FieldInfo], limit: int) -> FieldList:
    """Names with kinds, most frequent first, after those that every row answers to."""
    counts: dict[str, int] = {}
    kinds: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            counts[name] = counts.get(name, 0) + 1
            kinds.setdefault(name, _KIND.get(type(value), "text"))
    names = sorted(counts, key=lambda name: (-counts[name], name))
    room = max(0, limit - len(first))
    own = [FieldInfo(name, kinds[name], counts[name]) for name in names[:room]]
    return FieldList((*first, *own), max(0, len(names) - room))


def log_significant_values(
    database: Database, inside: Sql, around: Sql, size: int, deadline: Deadline
) -> SignificantValues:
    """Values of columns and properties of log lines."""
    columns = ", ".join(f"{{'k': '{name}', 'v': {column}}}" for name, column in _LINE_COLUMNS.items())
    return significant_values(database, TABLE, "file, pos", f"[{columns}]", ("fields",), inside, around, size, deadline)


def significant_values(
    database: Database,
    table: str,
    key: str,
    columns: str,
    maps: tuple[str, ...],
    inside: Sql,
    around: Sql,
    size: int,
    deadline: Deadline,
) -> SignificantValues:
    """`columns` is a list of {k, v} of canonical columns, `maps` names the JSON columns that are unfolded."""
    totals = Sql(
        f"SELECT count(*), count(*) FILTER (WHERE {inside.text}) FROM {table} WHERE {around.text}",  # noqa: S608
        inside.values + around.values,
    )
    total, selected = database.rows(totals, deadline)[0]
    if not selected:
        return SignificantValues((), 0, total)
    # Both sides are thinned by a hash of the row, the smaller selection less, and counted back.
    keep_in, keep_out = (min(1.0, SAMPLE / 2 / max(1, count)) for count in (selected, total - selected))
    rows = database.rows(_counting(table, key, columns, maps, inside, around, keep_in, keep_out), deadline)
    values = [_standing(row, selected, total, keep_in, keep_out) for row in rows]
    best = sorted(
        (value for value in values if value.score > 0), key=lambda value: (-value.score, value.field, value.value)
    )
    thinned = min(keep_in, keep_out) < 1
    notes = ("Counts are estimated from a sample.",) if thinned else ()
    return SignificantValues(tuple(best[:size]), selected, total - selected, Quality(thinned, notes))


def _counting(
    table: str, key: str, columns: str, maps: tuple[str, ...], inside: Sql, around: Sql, keep_in: float, keep_out: float
) -> Sql:
    unfolded = " || ".join(
        f"list_transform(map_entries(json_transform({name}, '\"MAP(VARCHAR,VARCHAR)\"')), "
        "lambda e: {'k': e.key, 'v': e.value})"
        for name in maps
    )
    share = f"(hash({key}) % 1000000) / 1e6"
    return Sql(
        f"WITH picked AS (SELECT ({inside.text}) AS selected, {columns} || {unfolded} AS pairs FROM {table} "  # noqa: S608
        f"WHERE {around.text} AND {share} < CASE WHEN ({inside.text}) THEN ? ELSE ? END), "
        "pairs AS (SELECT selected, unnest(pairs, recursive := true) FROM picked) "
        "SELECT k, left(v, 500) AS v, count(*) FILTER (WHERE selected) AS s, count(*) FILTER (WHERE NOT selected) "
        f"FROM pairs WHERE v <> '' GROUP BY k, left(v, 500) HAVING s >= {LEAST}",
        (*inside.values, *around.values, *inside.values, keep_in, keep_out),
    )


def _standing(row: tuple[Any, ...], selected: int, total: int, keep_in: float, keep_out: float) -> SignificantValue:
    field, value, inside, outside = row
    in_selection, in_rest = min(selected, round(inside / keep_in)), round(outside / keep_out)
    score = jlh(in_selection, selected, in_selection + in_rest, total)
    return SignificantValue(field, value, in_selection, in_rest, score)
