"""Documents in the Elastic Common Schema, as Filebeat, ecs-logging and Elastic.CommonSchema.Serilog write them.

Sources: elastic/ecs (fields `log.level`, `error.*`, `labels`, `trace.id`); elastic/ecs-dotnet
Elastic.CommonSchema.Serilog (`message_template`, properties below `metadata` and `labels`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.logs.types import LogFailure
from queries.sources.elastic.document import dig, flat, texts
from queries.sources.elastic.log_layout import LogLayout, places, word_level

_ENVELOPE: Final = (
    "@timestamp", "message", "log.level", "ecs.version", "error.message", "error.stack_trace", "labels.MessageTemplate",
    "message_template",
)  # fmt: skip
_OWN: Final = ("labels.", "metadata.", "numeric_labels.")


def _below(*names: str) -> str:
    return " ".join(f"{prefix}{name}" for name in names for prefix in (*_OWN, ""))


def _failure(source: Mapping[str, Any]) -> LogFailure | None:
    kind, message, stack = (texts(dig(source, f"error.{name}")) for name in ("type", "message", "stack_trace"))
    return LogFailure(kind, message, stack) if kind or message or stack else None


def _fields(source: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for path, value in flat(source):
        if path not in _ENVELOPE:
            prefix = next((one for one in _OWN if path.startswith(one)), "")
            found[path.removeprefix(prefix)] = value
    return found


ECS: Final = LogLayout(
    name="ecs",
    index="logs-*,filebeat-*,-logs-*.otel-*",
    marks=("ecs.version", "log.level"),
    places=places(
        level="log.level", message="message",
        template=f"message_template {_below('MessageTemplate', 'message_template')}",
        service=f"service.name {_below('Application')}", host="host.name host.hostname agent.name",
        logger=f"log.logger {_below('SourceContext')}", environment="service.environment",
        trace_id=f"trace.id {_below('TraceId')}", span_id=f"span.id transaction.id {_below('SpanId')}",
        correlation_id=_below("CorrelationId", "correlation_id", "correlation.id"),
        exception="error.stack_trace error.message", exception_type="error.type", file="_index",
    ),
    own=(*_OWN, ""),
    brief=("@timestamp", "log.level", "message", "message_template", "labels.MessageTemplate"),
    failure=_failure,
    fields=_fields,
    level=lambda source: word_level(dig(source, "log.level")),
)  # fmt: skip
