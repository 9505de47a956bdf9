"""A log event as every sink gets it: template and properties kept apart from the rendered text."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from opentelemetry import trace

from telemetry import correlation

LEVELS: Final = {10: "Debug", 20: "Information", 30: "Warning", 40: "Error", 50: "Fatal"}
_HOLE: Final = re.compile(r"\{[@$]?(\w+)(?:,[^:}]*)?(?::([^}]*))?\}")
CAUSES: Final = 5  # of an exception that are kept; chains may be circular
PROPERTIES: Final = "telemetry_properties"  # the record's attribute that carries a structlog event's properties


@dataclass(frozen=True)
class Failure:
    """An exception: its class, its text, its stack (that of the whole chain), and what caused it."""

    kind: str
    message: str
    stack: str
    cause: Failure | None = None

    def chain(self) -> list[Failure]:
        """The exception and its causes, outermost first."""
        return [self, *(self.cause.chain() if self.cause else ())]


@dataclass(frozen=True)
class Event:
    """One log event. `level` is Serilog's word; `rendered` says that `template` cannot be filled from properties."""

    time: datetime
    level: str
    template: str
    message: str
    properties: Mapping[str, Any]
    failure: Failure | None = None
    rendered: bool = False


def shape(record: logging.LogRecord, fixed: Mapping[str, Any]) -> Event:
    """An event from any record, a library's or ours; `fixed` are properties of the whole process."""
    own: Mapping[str, Any] | None = getattr(record, PROPERTIES, None)
    properties = {**fixed, **_context(record), **structlog.contextvars.get_contextvars(), **(own or {})}
    template = str(record.msg)
    message = render(template, properties) if own is not None else _message(record)
    return Event(
        datetime.fromtimestamp(record.created, UTC),
        level_word(record.levelno),
        template,
        message,
        properties,
        _failure(record),
        own is None and message != template,
    )


def _message(record: logging.LogRecord) -> str:
    """The record's text; of one whose arguments do not fit its format, both as they are."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"


def level_word(number: int) -> str:
    """Serilog's word for a level; everything below debug is verbose."""
    return LEVELS.get(min(number // 10 * 10, 50), "Verbose")


def render(template: str, properties: Mapping[str, Any]) -> str:
    """The template with its `{Name}` holes filled; a hole without its property stays as it is."""

    def fill(hole: re.Match[str]) -> str:
        if hole[1] not in properties:
            return hole[0]
        value = properties[hole[1]]
        return f"{value:{hole[2]}}" if hole[2] and isinstance(value, int | float) else str(value)

    try:
        return _HOLE.sub(fill, template)
    except ValueError:
        return template


def _context(record: logging.LogRecord) -> dict[str, Any]:
    context: dict[str, Any] = {"SourceContext": record.name, "ThreadId": record.thread}
    if correlation_id := correlation.current():
        context["CorrelationId"] = correlation_id
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        context["TraceId"] = f"{span.trace_id:032x}"
        context["SpanId"] = f"{span.span_id:016x}"
    return context


def _failure(record: logging.LogRecord) -> Failure | None:
    if not record.exc_info or record.exc_info[1] is None:
        return None
    return _failure_of(record.exc_info[1], CAUSES)


def _failure_of(error: BaseException, depth: int) -> Failure:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    inner = _failure_of(cause, depth - 1) if cause is not None and depth else None
    return Failure(type(error).__qualname__, str(error), "".join(traceback.format_exception(error)), inner)
