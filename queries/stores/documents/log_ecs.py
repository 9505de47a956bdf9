"""Documents in the Elastic Common Schema, as Filebeat, ecs-logging, APM and the collector write them.

Sources: elastic/ecs (fields `log.level`, `error.*`, `labels`, `trace.id`); elastic/ecs-dotnet
Elastic.CommonSchema.Serilog (`message_template`, properties below `metadata` and `labels`); elastic/apm-data (errors:
`error.exception` is a list, outermost first, `error.log`); the collector's Elasticsearch exporter in its mode ecs
(`error.stacktrace`, `event.action`); pinojs/pino (`level` in tens, `msg`, `err`), whose lines Filebeat puts at the root
or below `json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from queries.logs.types import LogFailure
from queries.stores.documents.document import child, dig, flat, texts
from queries.stores.documents.log_layout import LogLayout, Source, places
from queries.stores.documents.values import objects

_ENVELOPE: Final = (
    "@timestamp",
    "message",
    "log.level",
    "ecs.version",
    "error.message",
    "error.stack_trace",
    "labels.MessageTemplate",
    "message_template",
    "msg",
    "json.msg",
    "json.message",
)
_OWN: Final = ("labels.", "metadata.", "numeric_labels.", "json.")
_EXCEPTIONS: Final = "error.exception"


def _below(*names: str) -> str:
    return " ".join(f"{prefix}{name}" for name in names for prefix in (*_OWN, ""))


def _failure(source: Source) -> LogFailure | None:
    listed = [_exception(item) for item in objects(dig(source, _EXCEPTIONS))]
    if listed:
        outermost, *causes = listed
        stack = outermost.stack or texts(dig(source, "error.stack_trace"))
        return replace(outermost, stack=stack, causes=tuple(causes))
    for above in ("error", "err", "json.err"):
        value = child(source, above)
        stacks = (texts(dig(value, name)) for name in ("stack_trace", "stacktrace", "stack"))
        kind, message, stack = texts(dig(value, "type")), texts(dig(value, "message")), next(filter(None, stacks), "")
        if kind or message or stack:
            return LogFailure(kind, message, stack)
    kind, message, stack = (texts(dig(source, f"error.{name}")) for name in ("type", "message", "stack_trace"))
    return LogFailure(kind, message, stack) if kind or message or stack else None


def _exception(error: Mapping[str, Any]) -> LogFailure:
    return LogFailure(
        texts(error.get("type")), texts(error.get("message")), "\n".join(_frames(error.get("stacktrace")))
    )


def _frames(listed: Any) -> Iterator[str]:
    """A stack of APM's frames as text, innermost first as they come."""
    for frame in objects(listed):
        line = texts(dig(frame, "line.number"))
        where = texts(frame.get("abs_path")) or texts(frame.get("filename")) or texts(frame.get("classname"))
        yield f"  at {texts(frame.get('function')) or '?'} ({where}{':' if line else ''}{line})"


def _fields(source: Source) -> dict[str, Any]:
    fields = {}
    for path, value in flat(source):
        if path not in _ENVELOPE and not path.startswith(_EXCEPTIONS):
            prefix = next((own for own in _OWN if path.startswith(own)), "")
            fields[path.removeprefix(prefix)] = value
    return fields


ECS: Final = LogLayout(
    name="ecs",
    index="logs-*,filebeat-*,-logs-*.otel-*",
    marks=(
        "ecs.version",
        "log.level",
        "processor.event",
        _EXCEPTIONS,
        f"{_EXCEPTIONS}.message",
        "error.log.message",
        "event.severity",
        "agent.name",
    ),
    places=places(
        level="log.level error.log.level level json.level event.severity processor.event",
        message=(
            "message msg json.msg json.message error.log.message error.exception.message error.message event.action"
        ),
        template=f"message_template {_below('MessageTemplate', 'message_template')} error.log.param_message",
        service=f"service.name {_below('Application')}",
        host="host.name host.hostname hostname json.hostname",
        logger=f"log.logger error.log.logger_name {_below('SourceContext')}",
        environment="service.environment",
        trace_id=f"trace.id {_below('TraceId', 'trace_id', 'traceId')}",
        span_id=f"span.id transaction.id {_below('SpanId', 'span_id', 'spanId')}",
        correlation_id=_below("CorrelationId", "correlation_id", "correlation.id"),
        exception=(
            "error.stack_trace error.stacktrace error.message error.exception.message error.log.message err.stack "
            "err.message json.err.stack json.err.message"
        ),
        exception_type="error.type error.exception.type err.type json.err.type",
        file="_index",
    ),
    own=(*_OWN, ""),
    brief=(
        "@timestamp",
        "log",
        "level",
        "json",
        "message",
        "msg",
        "message_template",
        "labels.MessageTemplate",
        "error",
        "processor",
        "event",
    ),
    failure=_failure,
    fields=_fields,
)
