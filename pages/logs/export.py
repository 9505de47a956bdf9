"""Log lines as CSV and as JSON lines, page by page, so that no answer is held in memory as a whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from pages.logs.rows import value_of
from panels.csv_cells import harmless
from queries.core.errors import Busy, InvalidInput, QueryError
from queries.logs.types import LogLine, LogPage
from queries.search.results import text_of

MOST: Final = 10_000
PAGE: Final = 500
COLUMNS: Final = (
    "level",
    "service",
    "host",
    "logger",
    "message",
    "template",
    "correlation_id",
    "trace_id",
    "span_id",
    "exception.type",
    "exception",
)

Kind = Literal["csv", "ndjson"]
Ask = Callable[[str], LogPage | None]


def export_lines(kind: Kind, ask: Ask, columns: Sequence[str]) -> Iterator[str]:
    """The file in pieces. Raises InvalidInput, and Busy when no turn came for the first page.

    `ask` gives the page after a cursor, or None while it is the turn of others: then a piece is empty, so that the
    server may do something else before it asks for the next. What is missing or cut, and trouble of the store, is
    said in the last lines.
    """
    try:
        first = ask("")
    except InvalidInput:
        raise
    except QueryError as error:
        return _empty(kind, error, columns)
    if first is None:
        raise Busy("log export", "Other exports are running. Try again in a moment.", 5.0)
    return _pieces(kind, first, ask, columns)


def _empty(kind: Kind, error: QueryError, columns: Sequence[str]) -> Iterator[str]:
    """A file without lines, and why."""
    yield from _head(kind, columns)
    yield _note(kind, f"The export ends here: {error.sentence}")


def _head(kind: Kind, columns: Sequence[str]) -> list[str]:
    return [_row(["time", *COLUMNS, *columns, "fields"])] if kind == "csv" else []


def _note(kind: Kind, sentence: str) -> str:
    return _row([sentence]) if kind == "csv" else orjson.dumps({"export": sentence}).decode() + "\n"


def _pieces(kind: Kind, page: LogPage, ask: Ask, columns: Sequence[str]) -> Iterator[str]:
    yield from _head(kind, columns)
    count, cut, notes = 0, 0, list[str]()
    while True:
        lines = page.lines[: MOST - count]
        count += len(lines)
        cut += sum(line.is_cut for line in lines)
        notes += [note for note in page.quality.notes if note not in notes]
        yield "".join(_csv(line, columns) if kind == "csv" else _json(line) for line in lines)
        if not page.next or not lines:
            break
        if count >= MOST:
            total = f"{'' if page.total.exact else 'more than '}{page.total.value:,}"
            notes.append(f"The export ends here: {MOST:,} of {total} lines are the most. Narrow the search.")
            break
        try:
            while (following := ask(page.next)) is None:
                yield ""
        except QueryError as error:
            notes.append(f"The export ends here: {error.sentence}")
            break
        page = following
    if cut:
        notes.insert(0, f"Lines with values that were too long and are cut: {cut:,}.")
    for sentence in notes:
        yield _note(kind, sentence)


def _csv(line: LogLine, columns: Sequence[str]) -> str:
    fields = {name: value for name, value in line.fields.items() if name not in columns}
    return _row(
        [
            time_of(line.at_ns),
            *(value_of(line, name) for name in (*COLUMNS, *columns)),
            _dumped(fields).decode() if fields else "",
        ]
    )


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def _json(line: LogLine) -> str:
    document: dict[str, Any] = {"time": time_of(line.at_ns), **asdict(line)}
    del document["stored_position"]
    return _dumped({name: value for name, value in document.items() if value not in ("", None, {})}).decode() + "\n"


def _dumped(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=text_of, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # an integer of more than 64 bits, half of a surrogate pair
        return json.dumps(value, default=text_of).encode()


def time_of(at_ns: int) -> str:
    """ISO 8601 in UTC, to the nanosecond."""
    try:
        whole = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(at_ns)
    return f"{whole}.{at_ns % 1_000_000_000:09}Z"
