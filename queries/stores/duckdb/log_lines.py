"""A piece of a log file as rows, whoever wrote it.

Compact JSON (CLEF) has `@t`. OTLP JSON, as the collector's file exporter writes it, holds many records in a piece.
Other objects (lines of ECS, pino, Bunyan, zap, …) are read as Elasticsearch's documents are, by the same layouts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from queries.logs.types import LEVELS, LogFailure
from queries.search.results import plain
from queries.stores.documents.document import Document
from queries.stores.documents.log_layout import LogLayout, together
from queries.stores.documents.log_layouts import LOG_LAYOUTS
from queries.stores.documents.log_otel import OTEL_LOGS
from queries.stores.duckdb.clef import Row, event_row
from queries.stores.duckdb.otlp import log_records
from queries.stores.values import nanoseconds

_BOM: Final = b"\xef\xbb\xbf"
_DOCUMENTS: Final = together(LOG_LAYOUTS)
_TIMES: Final = ("@timestamp", "time", "timestamp", "ts", "Timestamp", "datetime", "date", "asctime", "eventTime")
_OTLP: Final = ("resourceLogs", "resource_logs", "result", "data")
_OTHERS: Final = ("resourceSpans", "resource_spans", "resourceMetrics", "resource_metrics")
_UNITS: Final = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (9e18, 1))  # below so much: nanoseconds in one


def rows(piece: bytes) -> tuple[list[Row], int]:
    """The lines of a piece, and how many parts of it were none."""
    try:
        return _rows(orjson.loads(piece.removeprefix(_BOM)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return [], 1


def fault(piece: bytes) -> str:
    """What is wrong with a piece, in words; empty for nothing."""
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16; write it as UTF-8"
    if b"\0" in piece:
        return "it is binary or compressed; write JSON without compression"
    try:
        content = orjson.loads(piece.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        return f"it is not JSON ({error})"
    if not isinstance(content, dict):
        return "it is not an object of JSON"
    try:
        return "it has no readable time (@t, @timestamp, time or timestamp)" if _rows(content)[1] else ""
    except orjson.JSONEncodeError:
        return "its values are nested too deep"


def _rows(content: Any) -> tuple[list[Row], int]:
    if not isinstance(content, dict):
        return [], 1
    if "@t" not in content and any(name in content for name in _OTLP):
        records = list(log_records(content))
        parsed = [_record(*record) for record in records if record]
        if records:
            good = [row for row in parsed if row]
            return good, len(records) - len(good)
    if any(name in content for name in _OTHERS):
        return [], 0
    row = event_row(content) if "@t" in content else _document(content)
    return ([row], 0) if row else ([], 1)


def _record(at_ns: int, source: Mapping[str, Any]) -> Row | None:
    return _row(OTEL_LOGS, at_ns, source)


def _document(source: Mapping[str, Any]) -> Row | None:
    """An object with a time under one of the usual names."""
    for name in _TIMES:
        at_ns = _instant(source.get(name))
        if at_ns is not None:
            return _row(_DOCUMENTS, at_ns, {key: value for key, value in source.items() if key != name})
    return None


def _instant(value: Any) -> int | None:
    """Epoch nanoseconds of ISO text or of a number in whatever unit its size tells."""
    if isinstance(value, str):
        at_ns = nanoseconds(value.replace(",", ".", 1))
        if at_ns is not None:
            return at_ns
        value = float(value) if value.replace(".", "", 1).isdecimal() and len(value) < 25 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    unit = next((unit for most, unit in _UNITS if value < most), 0)
    return int(value * unit) if isinstance(value, int) else round(value * unit / 1_000) * 1_000 if unit else None


def _row(layout: LogLayout, at_ns: int, source: Mapping[str, Any]) -> Row:
    line = layout.line(Document("", "", source), at_ns)
    kind = line.failure.kind if line.failure else ""
    fields = {name: plain(value) for name, value in line.fields.items()}
    return Row(
        at_ns,
        LEVELS.index(line.level) + 1 if line.level else 0,
        line.raw_level or line.level,
        line.message,
        line.template,
        line.service,
        line.host,
        line.logger,
        layout.text(source, "environment"),
        line.trace_id,
        line.span_id,
        line.correlation_id,
        kind.rpartition(".")[2],
        "\n ---> ".join(_failure_texts(line.failure)),
        orjson.dumps(fields).decode(),
    )


def _failure_texts(failure: LogFailure | None) -> Iterator[str]:
    """The exception as .NET and Python print it, then those within it."""
    if failure is None:
        return
    head = ": ".join(text for text in (failure.kind, failure.message) if text)
    is_headed = not head or failure.message[:200] in failure.stack
    yield failure.stack if failure.stack and is_headed else f"{head}\n{failure.stack}".rstrip()
    for cause in failure.causes:
        yield from _failure_texts(cause)
