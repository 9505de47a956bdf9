"""Log records in the OTel mapping of the collector's Elasticsearch exporter, data streams `logs-*.otel-*`.

Sources: elastic/elasticsearch x-pack/plugin/otel-data component-templates/logs-otel@mappings.yaml (fields and types,
`body_text` in early versions, `body.text` now) and open-telemetry/opentelemetry-collector-contrib
exporter/elasticsearchexporter (mapping mode otel; span events lie in the same streams, with `event_name`; its modes
none and raw are in `log_otlp.py`, ecs in `log_ecs.py`, bodymap is any document at all).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.logs.types import LogFailure
from queries.stores.documents.document import child, dig, flat, texts
from queries.stores.documents.log_layout import LogLayout, places

SEVERITY: Final = "severity_number"


def _both(*names: str) -> str:
    return " ".join(f"{prefix}{name}" for name in names for prefix in ("attributes.", "resource.attributes."))


def _failure(source: Mapping[str, Any]) -> LogFailure | None:
    names = ("type", "message", "stacktrace")
    kind, message, stack = (texts(dig(source, f"attributes.exception.{name}")) for name in names)
    return LogFailure(kind, message, stack) if kind or message or stack else None


def _fields(source: Mapping[str, Any]) -> dict[str, Any]:
    event = {"event_name": source["event_name"]} if source.get("event_name") else {}
    return {**dict(flat(child(source, "resource.attributes"))), **event, **dict(flat(child(source, "attributes")))}


# Events of spans lie beside the log records. Log records may be events too, even without a severity and a body; but
# they say when they were observed, and only events of spans always name a span and a resource.
_RECORD: Final = (
    SEVERITY,
    "severity_text",
    "body.text",
    "body_text",
    "body.structured",
    "body.flattened",
    "observed_timestamp",
)
_SPAN_EVENTS: Final[dict[str, Any]] = {
    "bool": {
        "filter": [{"exists": {"field": name}} for name in ("event_name", "trace_id", "span_id", "resource")],
        "must_not": [{"exists": {"field": name}} for name in _RECORD],
    }
}

OTEL_LOGS: Final = LogLayout(
    name="otel",
    index="logs-*.otel-*",
    marks=(*_RECORD, "event_name"),
    places=places(
        level=f"{SEVERITY} severity_text", message="body.text body_text body.structured body.flattened event_name",
        template=_both("message_template", "message.template", "log.template", "{OriginalFormat}"),
        service="resource.attributes.service.name", host="resource.attributes.host.name",
        logger="scope.name", environment=_both("deployment.environment.name", "deployment.environment"),
        trace_id="trace_id", span_id="span_id",
        correlation_id=_both("CorrelationId", "correlation_id", "correlation.id"),
        exception="attributes.exception.stacktrace attributes.exception.message",
        exception_type="attributes.exception.type", file="_index",
    ),
    own=("attributes.", "resource.attributes.", ""),
    brief=(
        "@timestamp", SEVERITY, "severity_text", "body", "body_text", "event_name", "attributes.message_template",
        "attributes.message.template", "attributes.log.template", "attributes.{OriginalFormat}",
    ),
    failure=_failure,
    fields=_fields,
    never=(_SPAN_EVENTS,),
)  # fmt: skip
