"""Aliases of the canonical log fields, such as ECS and OpenTelemetry names."""

from __future__ import annotations

from typing import Final

from queries.logs.types import CANONICAL

_ALIASES: Final = {
    "lvl": "level", "severity": "level", "log.level": "level", "severity_text": "level",
    "msg": "message", "body": "message", "messagetemplate": "template",
    "application": "service", "service.name": "service",
    "host.name": "host", "machinename": "host", "sourcecontext": "logger", "log.logger": "logger",
    "environmentname": "environment",
    "traceid": "trace_id", "trace.id": "trace_id", "trace": "trace_id",
    "spanid": "span_id", "span.id": "span_id", "span": "span_id",
    "correlationid": "correlation_id", "correlation.id": "correlation_id", "correlation": "correlation_id",
    "error.stack_trace": "exception", "exceptions": "exception",
    "error.type": "exception.type", "exception_type": "exception.type",
    "timestamp": "time", "@timestamp": "time", "time": "time", "at": "time",
}  # fmt: skip


def canonical_name(name: str) -> str:
    """The canonical name of a field; empty for other properties of the lines."""
    lowered = name.lower()
    return lowered if lowered in CANONICAL else _ALIASES.get(lowered, "")
