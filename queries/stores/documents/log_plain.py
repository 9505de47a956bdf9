"""Documents of no layout that we know: what they say under the usual names, and all of their fields."""

from __future__ import annotations

from typing import Any, Final

from queries.logs.types import LogFailure
from queries.stores.documents.document import dig, flat, texts
from queries.stores.documents.log_layout import LogLayout, Source, places

_STACKS: Final = ("exception", "stack_trace", "stacktrace", "stack", "err.stack", "error.stack")


def _failure(source: Source) -> LogFailure | None:
    stack = next((text for path in _STACKS if "\n" in (text := texts(dig(source, path)))), "")
    kind, message = (
        next((texts(value) for above in ("err", "error", "exception") if (value := dig(source, f"{above}.{name}"))), "")
        for name in ("type", "message")
    )
    if not stack and not kind:
        return None
    return LogFailure(kind, message or stack.partition("\n")[0], stack)


def _fields(source: Source) -> dict[str, Any]:
    return {path: value for path, value in flat(source) if path not in ("@timestamp", "message")}


PLAIN: Final = LogLayout(
    name="plain",
    index="codeagent-*,logstash-*,logs-*,filebeat-*",
    marks=("message", "msg", "log", "text", "level"),
    places=places(
        level="level log.level severity loglevel lvl",
        message="message msg log.message log text event.original",
        template="message_template messageTemplate template",
        service="service.name service app application",
        host="host.name hostname host",
        logger="logger logger_name log.logger",
        environment="environment env",
        trace_id="trace_id traceId trace.id traceID",
        span_id="span_id spanId span.id spanID",
        correlation_id="CorrelationId correlation_id correlation.id correlationId request_id",
        exception=" ".join((*_STACKS, "err.message", "error.message")),
        exception_type="err.type error.type",
        file="_index",
    ),
    own=("",),
    brief=("@timestamp", "level", "message", "msg", "log", "text"),
    failure=_failure,
    fields=_fields,
)
