"""Log records with OTLP's own names: the mapping modes none and raw of the collector's Elasticsearch exporter.

Source: open-telemetry/opentelemetry-collector-contrib exporter/elasticsearchexporter (mode none puts attributes below
`Attributes`, raw leaves them at the root; both write `SeverityNumber`, `SeverityText`, `Body`, `Resource`, `Scope`).
"""

from __future__ import annotations

from typing import Any, Final

from queries.logs.types import LogFailure
from queries.stores.documents.document import dig, flat, texts
from queries.stores.documents.log_layout import LogLayout, Source, places

_OWN: Final = ("Attributes.", "Resource.", "")
_ENVELOPE: Final = frozenset(
    ("@timestamp", "TraceId", "SpanId", "TraceFlags", "SeverityText", "SeverityNumber", "Body")
)


def _below(*names: str) -> str:
    return " ".join(f"{prefix}{name}" for name in names for prefix in _OWN)


def _failure(source: Source) -> LogFailure | None:
    kind, message, stack = (
        next((texts(value) for prefix in _OWN if (value := dig(source, f"{prefix}exception.{name}"))), "")
        for name in ("type", "message", "stacktrace")
    )
    return LogFailure(kind, message, stack) if kind or message or stack else None


def _fields(source: Source) -> dict[str, Any]:
    fields = {}
    for path, value in flat(source):
        if path.partition(".")[0] not in _ENVELOPE:
            prefix = next((own for own in _OWN if own and path.startswith(own)), "")
            fields[path.removeprefix(prefix)] = value
    return fields


OTLP_LOGS: Final = LogLayout(
    name="otlp",
    index="logs-*,-logs-*.otel-*",
    marks=("SeverityNumber", "SeverityText", "Body", "TraceFlags"),
    places=places(
        level="SeverityNumber SeverityText",
        message=f"Body {_below('event.name')}",
        template=_below("message_template", "message.template", "log.template", "{OriginalFormat}"),
        service="Resource.service.name service.name",
        host="Resource.host.name host.name",
        logger="Scope.name",
        environment=_below("deployment.environment.name", "deployment.environment"),
        trace_id="TraceId",
        span_id="SpanId",
        correlation_id=_below("CorrelationId", "correlation_id", "correlation.id"),
        exception=_below("exception.stacktrace", "exception.message"),
        exception_type=_below("exception.type"),
        file="_index",
    ),
    own=_OWN,
    brief=("@timestamp", "SeverityNumber", "SeverityText", "Body", "Attributes"),
    failure=_failure,
    fields=_fields,
)
