"""The table of log lines: its shape, how blocks of files get in, how rows come out as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import orjson

from queries.logs.types import LEVELS, LogFailure, LogLine
from queries.search.results import Position, text_of
from queries.stores.duckdb.clef import Row
from queries.stores.duckdb.database import Database
from queries.stores.duckdb.follow import Block
from queries.stores.duckdb.log_content import Content, content_of
from queries.stores.duckdb.log_lines import rows
from queries.stores.duckdb.sql import pointer

TABLE: Final = "lines"
_KINDS: Final[Mapping[str, type]] = {"at_ns": np.int64, "level": np.int8, "pos": np.int64}
_COLUMNS: Final = (*Row._fields, *Content._fields, "file", "pos")
SELECTED: Final = (
    "at_ns", "level", "raw_level", "message", "template", "service", "host", "logger", "trace_id", "span_id",
    "correlation_id", "failure_kind", "failure", "fields", "file", "pos",
)  # fmt: skip
CUT: Final = 8_192  # characters of a message or a stack in lists
CUT_VALUE: Final = 1_024  # of a property
MOST_FIELDS: Final = 200


def create(database: Database, promoted: tuple[str, ...]) -> None:
    """Make the empty table; each promoted property gets a column."""
    kinds = {"at_ns": "BIGINT", "level": "UTINYINT", "pos": "BIGINT"}
    columns = [f"{name} {kinds.get(name, 'VARCHAR')}" for name in _COLUMNS]
    columns += [f"p{n} VARCHAR" for n in range(len(promoted))]
    database.write(f"CREATE TABLE {TABLE} ({', '.join(columns)})")


def insert(database: Database, promoted: tuple[str, ...], block: Block) -> tuple[int, int]:
    """Write a block's lines; how many rows, and how many lines were broken."""
    entries: list[tuple[Row, int]] = []
    broken = 0
    for piece, offset in zip(block.lines, block.offsets, strict=True):
        good, bad = rows(piece)
        # The places of the lines of one piece lie within it: a line takes more than one byte.
        entries += [(row, offset + n) for n, row in enumerate(good)]
        broken += bad
    if entries:
        columns: dict[str, Any] = dict(zip(Row._fields, zip(*(row for row, _ in entries), strict=True), strict=True))
        searched = zip(*(content_of(row) for row, _ in entries), strict=True)
        columns |= dict(zip(Content._fields, searched, strict=True))
        columns["file"] = [block.file] * len(entries)
        columns["pos"] = [place for _, place in entries]
        database.insert(TABLE, columns, ", ".join([*_COLUMNS, *_promoting(promoted)]), _KINDS)
    return len(entries), broken


def _promoting(promoted: tuple[str, ...]) -> list[str]:
    # Settings, not what users type; quoted all the same.
    quoted = [pointer(name).replace("'", "''") for name in promoted]
    return [f"json_extract_string(fields, '{path}')" for path in quoted]


def select(cut: bool) -> str:
    """The columns of a line; texts cut in the database, so that a list of long lines stays small."""
    if not cut:
        return ", ".join(SELECTED)
    long = {"message": CUT + 1, "failure": CUT, "template": CUT}
    return ", ".join(f"left({name}, {long[name]})" if name in long else name for name in SELECTED)


def line(values: tuple[Any, ...], cut: bool) -> LogLine:
    """A row as a line."""
    got = dict(zip(SELECTED, values, strict=True))
    fields = orjson.loads(got["fields"])
    selected, shortened = _within_limit(fields) if cut else (fields, False)
    failure = LogFailure(got["failure_kind"], _last(got["failure"]), got["failure"]) if got["failure"] else None
    level = got["level"]
    return LogLine(
        id=f"{got['file']}@{got['pos']}",
        at_ns=got["at_ns"],
        level=LEVELS[level - 1] if level else "",
        message=got["message"][:CUT] if cut else got["message"],
        template=got["template"],
        raw_level=got["raw_level"],
        service=got["service"],
        host=got["host"],
        logger=got["logger"],
        trace_id=got["trace_id"],
        span_id=got["span_id"],
        correlation_id=got["correlation_id"],
        failure=failure,
        fields=selected,
        more_fields=len(fields) - len(selected),
        place=got["file"],
        is_cut=cut and (shortened or len(got["message"]) > CUT),
        stored_position=Position(got["at_ns"], got["file"], got["pos"], ""),
    )


def _within_limit(fields: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    selected = dict(list(fields.items())[:MOST_FIELDS])
    shortened = False
    for name, value in selected.items():
        text = value if isinstance(value, str) else text_of(value) if isinstance(value, dict | list) else ""
        if len(text) > CUT_VALUE:
            selected[name], shortened = text[:CUT_VALUE], True
    return selected, shortened or len(selected) < len(fields)


def _last(stack: str) -> str:
    """The exception's text: behind the colon of the first line (.NET) or of the last (Python)."""
    lines = stack.strip().splitlines() or [""]
    line_ = lines[-1] if stack.startswith("Traceback") else lines[0]
    return line_.partition(": ")[2] or line_
