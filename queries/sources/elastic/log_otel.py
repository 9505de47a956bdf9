"""Log records in the OTel mapping of the collector's Elasticsearch exporter, data streams `logs-*.otel-*`.

Sources: elastic/elasticsearch x-pack/plugin/otel-data component-templates/logs-otel@mappings.yaml (fields and types,
`body_text` in early versions, `body.text` now) and open-telemetry/opentelemetry-collector-contrib
exporter/elasticsearchexporter (mapping mode otel; span events lie in the same streams, with `event_name`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.logs.levels import severity_level
from queries.logs.types import LogFailure
from queries.sources.elastic.document import child, dig, flat, texts
from queries.sources.elastic.dsl import Query
from queries.sources.elastic.log_fields import SEVERITY
from queries.sources.elastic.log_layout import LogLayout, places, word_level
from queries.sources.elastic.values import whole


def _both(*names: str) -> str:
    return " ".join(f"{prefix}{name}" for name in names for prefix in ("attributes.", "resource.attributes."))


def _level(source: Mapping[str, Any]) -> tuple[str, str]:
    raw = texts(source.get("severity_text"))
    return severity_level(whole(source.get(SEVERITY))) or word_level(raw)[0], raw


def _failure(source: Mapping[str, Any]) -> LogFailure | None:
    found = [texts(dig(source, f"attributes.exception.{name}")) for name in ("type", "message", "stacktrace")]
    return LogFailure(*found) if any(found) else None


def _fields(source: Mapping[str, Any]) -> dict[str, Any]:
    return {**dict(flat(child(source, "resource.attributes"))), **dict(flat(child(source, "attributes")))}


# Events of spans lie beside the log records; they have neither a severity nor a body.
_SPAN_EVENTS: Final[Query] = {
    "bool": {
        "filter": [{"exists": {"field": "event_name"}}],
        "must_not": [{"exists": {"field": name}} for name in (SEVERITY, "severity_text", "body.text", "body_text")],
    }
}

OTEL_LOGS: Final = LogLayout(
    name="otel",
    index="logs-*.otel-*",
    marks=(SEVERITY, "severity_text", "body.text", "body_text"),
    places=places(
        level=f"{SEVERITY} severity_text", message="body.text body_text body.structured",
        template=_both("message_template", "message.template", "log.template", "{OriginalFormat}"),
        service="resource.attributes.service.name", host="resource.attributes.host.name",
        logger="scope.name", environment=_both("deployment.environment.name", "deployment.environment"),
        trace_id="trace_id", span_id="span_id",
        correlation_id=_both("CorrelationId", "correlation_id", "correlation.id"),
        exception="attributes.exception.stacktrace attributes.exception.message",
        exception_type="attributes.exception.type", file="_index",
    ),
    own=("attributes.", "resource.attributes."),
    brief=(
        "@timestamp", SEVERITY, "severity_text", "body", "body_text", "attributes.message_template",
        "attributes.message.template", "attributes.log.template", "attributes.{OriginalFormat}",
    ),
    failure=_failure,
    fields=_fields,
    level=_level,
    never=_SPAN_EVENTS,
)  # fmt: skip
