"""Spans for SQL over SQLAlchemy's own events: the instrumentation package knows no SQLAlchemy 2.1."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import Engine

from telemetry.traces import tracer

MAX_STATEMENT: Final = 2_000  # characters; values are never part of it, they travel as parameters
_SPAN: Final = "telemetry_span"


def instrument_engine(engine: Engine) -> None:
    """A client span for each statement of one engine, with its text, its rows and what it raised."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    verb = statement.split(None, 1)[0].upper() if statement.strip() else "QUERY"
    url = connection.engine.url
    span = tracer().start_span(f"{verb} {_table(statement)}".strip(), kind=SpanKind.CLIENT)
    span.set_attributes(
        {
            "db.system.name": connection.engine.dialect.name,
            "db.namespace": str(url.database or "").rpartition("/")[2],
            "db.operation.name": verb,
            "db.query.text": statement[:MAX_STATEMENT],
            **({"server.address": url.host} if url.host else {}),
        }
    )
    setattr(context, _SPAN, span)


def _end(_connection: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    span: Span | None = getattr(context, _SPAN, None)
    if span is not None:
        if cursor.rowcount >= 0:
            span.set_attribute("db.response.returned_rows", cursor.rowcount)
        span.end()


def _fail(context: Any) -> None:
    span: Span | None = getattr(context.execution_context, _SPAN, None)
    if span is not None and span.is_recording():
        span.record_exception(context.original_exception)
        span.set_attribute("error.type", type(context.original_exception).__name__)
        span.set_status(Status(StatusCode.ERROR, str(context.original_exception)))
        span.end()


def _table(statement: str) -> str:
    """The table that a statement is about, as far as its words tell; empty otherwise."""
    words = statement.split()
    for before, name in pairwise(words):
        if before.upper() in ("FROM", "INTO", "UPDATE"):
            return name.strip('"`(),;')
    return ""
