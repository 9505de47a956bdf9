"""Documents of Serilog's Elasticsearch sink, and of `telemetry/elastic_sink.py`, which writes the same.

Source: serilog-contrib/serilog-sinks-elasticsearch, ElasticsearchJsonFormatter.cs (names of members; `inlineFields`
leaves the properties at the root) and ElasticSearchTemplateProvider.cs (`raw` variants, nested `exceptions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from queries.logs.types import LogFailure
from queries.stores.documents.document import Place, child, texts
from queries.stores.documents.log_layout import LogLayout, places
from queries.stores.documents.values import whole

_OUTERMOST: Final = (("exceptions.Depth", 0),)
_ENVELOPE: Final = frozenset(
    ("@timestamp", "level", "message", "messageTemplate", "exceptions", "exception", "fields", "renderings")
)


def _both(*names: str) -> str:
    """Below `fields`, or at the root."""
    return " ".join(path for name in names for path in (f"fields.{name}", name))


def _failure(source: Mapping[str, Any]) -> LogFailure | None:
    listed = source.get("exceptions")
    chain = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    if not chain:
        text = texts(source.get("exception"))
        return LogFailure("", text.partition("\n")[0], text) if text else None
    outermost, *inner = (_exception(error) for error in sorted(chain, key=lambda error: whole(error.get("Depth"))))
    return replace(outermost, causes=tuple(inner))


def _exception(error: Mapping[str, Any]) -> LogFailure:
    stack = texts(error.get("StackTraceString")) or texts(error.get("StackTrace"))
    return LogFailure(texts(error.get("ClassName")), texts(error.get("Message")), stack)


def _fields(source: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in source.items() if name not in _ENVELOPE}
    return {**own, **child(source, "fields")}


SERILOG: Final = LogLayout(
    name="serilog",
    index="codeagent-*,logstash-*",
    marks=("messageTemplate",),
    places=places(
        level="level",
        message="message",
        template="messageTemplate",
        service=_both("Application", "service.name", "ServiceName"),
        host=_both("MachineName", "host.name", "Host", "HostName"),
        logger=_both("SourceContext"),
        environment=_both("EnvironmentName", "Environment", "deployment.environment.name"),
        trace_id=_both("TraceId", "trace_id", "trace.id"),
        span_id=_both("SpanId", "span_id", "span.id"),
        correlation_id=_both("CorrelationId", "correlation_id", "correlation.id"),
        exception=(
            Place("exceptions.StackTraceString", _OUTERMOST),
            Place("exceptions.Message", _OUTERMOST),
            Place("exception"),
        ),
        exception_type=(Place("exceptions.ClassName", _OUTERMOST),),
        file="_index",
    ),
    own=("fields.", ""),
    brief=("@timestamp", "level", "message", "messageTemplate"),
    failure=_failure,
    fields=_fields,
)
