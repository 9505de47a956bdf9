"""Log lines and spans as documents of Elasticsearch, in the layouts that their writers use; and the mappings.

The mappings repeat what the writers' templates say (each source is named in `queries/stores/elastic/`), with types
that the free build of the node knows: `text` for `match_only_text`, `double` for `scaled_float`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from queries.logs.types import LEVELS, LogLine
from queries.search.results import text_of
from queries.traces.types import Span, SpanEvent
from telemetry.elastic_sink import TEMPLATE as SERILOG_TEMPLATE
from telemetry.elastic_traces import TEMPLATE as OTEL_TEMPLATE
from telemetry.elastic_traces import millis

Documents = list[tuple[str, dict[str, Any]]]

LOG_INDEX: Final = {"serilog": "codeagent-2026.05.01", "ecs": "filebeat-2026.05.01", "otel": "logs-app.otel-default"}
TRACE_INDEX: Final = {
    "otel": "traces-generic.otel-default",
    "apm": "traces-apm-default",
    "jaeger": "jaeger-span-2026-05-01",
}
SPAN_EVENTS: Final = "logs-generic.otel-default"

_KEYWORD: Final = {"type": "keyword", "ignore_above": 1024}
_WORDS: Final = [{"strings": {"match_mapping_type": "string", "mapping": _KEYWORD}}]
_TAGS: Final = {
    "type": "nested",
    "dynamic": False,
    "properties": {name: {"type": "keyword", "ignore_above": 256} for name in ("key", "value", "type")},
}
_PASSING: Final = {"type": "passthrough", "dynamic": True}
_MAPPINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "serilog": SERILOG_TEMPLATE["template"]["mappings"],
    "ecs": {
        "dynamic_templates": _WORDS,
        "properties": {
            "@timestamp": {"type": "date"},
            "message": {"type": "text"},
            "ecs": {"properties": {"version": _KEYWORD}},
            "error": {"properties": {"stack_trace": {"type": "text"}, "message": {"type": "text"}}},
        },
    },
    "otel-logs": {
        "dynamic_templates": _WORDS,
        "properties": {
            "@timestamp": {"type": "date_nanos"},
            "severity_number": {"type": "byte"},
            "severity_text": _KEYWORD,
            "body": {"properties": {"text": {"type": "text"}, "structured": {"type": "flattened"}}},
            "trace_id": _KEYWORD,
            "span_id": _KEYWORD,
            "event_name": _KEYWORD,
            "attributes": {
                **_PASSING,
                "priority": 20,
                "properties": {"exception.stacktrace": {"type": "text"}, "exception.message": {"type": "text"}},
            },
            "resource": {"properties": {"attributes": {**_PASSING, "priority": 10}}},
        },
    },
    "otel": OTEL_TEMPLATE["template"]["mappings"],
    "apm": {
        "dynamic_templates": _WORDS,
        "properties": {
            "@timestamp": {"type": "date"},
            "timestamp": {"properties": {"us": {"type": "long"}}},
            "span": {"properties": {"duration": {"properties": {"us": {"type": "long"}}}}},
            "transaction": {"properties": {"duration": {"properties": {"us": {"type": "long"}}}}},
            "numeric_labels": {"type": "object", "dynamic": True},
        },
    },
    "jaeger": {
        "dynamic_templates": [
            {"span_tags_map": {"path_match": "tag.*", "mapping": {"type": "keyword", "ignore_above": 256}}},
        ],
        "properties": {
            **{
                name: {"type": "keyword", "ignore_above": 256}
                for name in (
                    "traceID",
                    "spanID",
                    "parentSpanID",
                    "operationName",
                )
            },
            "startTime": {"type": "long"},
            "startTimeMillis": {"type": "date", "format": "epoch_millis"},
            "duration": {"type": "long"},
            "flags": {"type": "integer"},
            "tags": _TAGS,
            "tag": {"type": "object"},
            "process": {"properties": {"serviceName": {"type": "keyword", "ignore_above": 256}, "tags": _TAGS}},
            "references": {
                "type": "nested",
                "dynamic": False,
                "properties": {
                    name: {"type": "keyword", "ignore_above": 256} for name in ("refType", "traceID", "spanID")
                },
            },
            "logs": {
                "type": "nested",
                "dynamic": False,
                "properties": {
                    "timestamp": {"type": "long"},
                    "fields": _TAGS,
                },
            },
        },
    },
}


def mapping(name: str) -> Mapping[str, Any]:
    """Of a layout's index; the log records and spans of OpenTelemetry have two."""
    return _MAPPINGS[name]


def stamp(at_ns: int) -> str:
    """ISO time with what nanoseconds there are."""
    seconds, rest = divmod(at_ns, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}Z" if rest % 1_000 else f"{text}.{rest // 1_000:06d}Z"


def serilog(line: LogLine) -> dict[str, Any]:
    """As Serilog's Elasticsearch sink writes it."""
    known = {
        "Application": line.service,
        "MachineName": line.host,
        "SourceContext": line.logger,
        "TraceId": line.trace_id,
        "SpanId": line.span_id,
        "CorrelationId": line.correlation_id,
    }
    results: dict[str, Any] = {
        "@timestamp": stamp(line.at_ns),
        "level": line.raw_level or line.level,
        "message": line.message,
        "messageTemplate": line.template,
        "fields": {**_non_empty(known), **line.fields},
    }
    if line.failure:
        item = line.failure
        inner = {"Depth": 1, "ClassName": "InnerError", "Message": "within", "StackTraceString": "within"}
        outer = {"Depth": 0, "ClassName": item.kind, "Message": item.message, "StackTraceString": item.stack}
        results["exceptions"] = [outer, inner]
    return results


def ecs(line: LogLine) -> dict[str, Any]:
    """As ecs-logging and Filebeat write it: some names dotted, some nested."""
    known = {
        "service": {"name": line.service},
        "host": {"name": line.host},
        "trace": {"id": line.trace_id},
        "span": {"id": line.span_id},
    }
    results: dict[str, Any] = {
        "@timestamp": stamp(line.at_ns),
        "log.level": line.raw_level or line.level,
        "message": line.message,
        "ecs.version": "8.11.0",
        **{name: entry for name, entry in known.items() if any(entry.values())},
        **_non_empty({"log.logger": line.logger, "message_template": line.template}),
        "labels": {**_non_empty({"CorrelationId": line.correlation_id}), **line.fields},
    }
    if line.failure:
        item = line.failure
        results["error"] = {"type": item.kind, "message": item.message, "stack_trace": item.stack}
    return results


def otel(line: LogLine) -> dict[str, Any]:
    """As the collector's exporter writes it in its OTel mapping."""
    resource = _non_empty({"service.name": line.service, "host.name": line.host})
    attributes = {
        **_non_empty({"CorrelationId": line.correlation_id, "message_template": line.template}),
        **line.fields,
    }
    if line.failure:
        item = line.failure
        attributes |= {
            "exception.type": item.kind,
            "exception.message": item.message,
            "exception.stacktrace": item.stack,
        }
    number = {"severity_number": LEVELS.index(line.level) * 4 + 1} if line.level else {}
    return {
        "@timestamp": millis(line.at_ns),
        "severity_text": line.raw_level or line.level,
        **number,
        "body": {"text": line.message},
        "attributes": attributes,
        "resource": {"attributes": resource},
        "scope": _non_empty({"name": line.logger}),
        **_non_empty({"trace_id": line.trace_id, "span_id": line.span_id}),
    }


LOG_WRITERS: Final[Mapping[str, Callable[[LogLine], dict[str, Any]]]] = {"serilog": serilog, "ecs": ecs, "otel": otel}


def otel_span(span: Span) -> Documents:
    """The span, and its events beside the log records."""
    shared = {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "resource": {"attributes": dict(span.resource)},
        "scope": _non_empty({"name": span.scope}),
    }
    results = {
        **shared,
        "@timestamp": millis(span.start_ns),
        "name": span.name,
        "kind": (span.kind or "unspecified").title(),
        "duration": span.duration_ns,
        "attributes": dict(span.attributes),
        "status": {"code": span.status.title(), **_non_empty({"message": span.status_message})},
        **_non_empty({"parent_span_id": span.parent_id}),
        "links": [
            {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": dict(link.attributes)}
            for link in span.links
        ],
    }
    events = [
        (
            SPAN_EVENTS,
            {
                **shared,
                "@timestamp": millis(event.at_ns),
                "event_name": event.name,
                "attributes": dict(event.attributes),
            },
        )
        for event in span.events
    ]
    return [(TRACE_INDEX["otel"], results), *events]


def apm_span(span: Span) -> Documents:
    """A transaction where the span is a root or serves a call, else a span; microseconds, labels with underscores."""
    kind = "transaction" if not span.parent_id or span.kind == "server" else "span"
    outcome = {"ok": "success", "error": "failure"}.get(span.status, "unknown")
    own = {"id": span.span_id, "name": span.name, "duration": {"us": span.duration_ns // 1_000}}
    labels, numbers = _labels({**span.resource, **span.attributes})
    results: dict[str, Any] = {
        "@timestamp": stamp(span.start_ns // 1_000_000 * 1_000_000),
        "timestamp": {"us": span.start_ns // 1_000},
        "processor": {"event": kind},
        "trace": {"id": span.trace_id},
        "service": {"name": span.service},
        "event": {"outcome": outcome},
        "labels": labels,
        "numeric_labels": numbers,
        kind: own,
        **({"parent": {"id": span.parent_id}} if span.parent_id else {}),
    }
    about = results.setdefault("span", {})
    about |= _non_empty({"kind": span.kind.upper()})
    about["links"] = [{"trace": {"id": link.trace_id}, "span": {"id": link.span_id}} for link in span.links]
    return [(TRACE_INDEX["apm"], results)]


def _labels(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    labels: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    for name, value in attributes.items():
        if name == "service.name":
            continue
        first = value[0] if isinstance(value, list) else value
        is_number = isinstance(first, int | float) and not isinstance(first, bool)
        remaining = value if is_number or isinstance(value, list) else text_of(value)
        (numbers if is_number else labels)[name.replace(".", "_")] = remaining
    return labels, numbers


def jaeger_span(span: Span) -> Documents:
    """One document with tags, process, references and logs."""
    tags = {
        **span.attributes,
        **_non_empty(
            {
                "span.kind": span.kind,
                "otel.status_code": {"unset": ""}.get(span.status, span.status.upper()),
                "otel.status_description": span.status_message,
                "otel.scope.name": span.scope,
            }
        ),
        **({"error": True} if span.is_error else {}),
    }
    references = [{"refType": "CHILD_OF", "traceID": span.trace_id, "spanID": span.parent_id}] if span.parent_id else []
    references += [{"refType": "FOLLOWS_FROM", "traceID": link.trace_id, "spanID": link.span_id} for link in span.links]
    resource = {name: value for name, value in span.resource.items() if name != "service.name"}
    results = {
        "traceID": span.trace_id,
        "spanID": span.span_id,
        "flags": 1,
        "operationName": span.name,
        "references": references,
        "startTime": span.start_ns // 1_000,
        "startTimeMillis": span.start_ns // 1_000_000,
        "duration": span.duration_ns // 1_000,
        "tags": _tags(tags),
        "logs": [_log(event) for event in span.events],
        "process": {"serviceName": span.service, "tags": _tags(resource)},
    }
    return [(TRACE_INDEX["jaeger"], results)]


def _log(event: SpanEvent) -> dict[str, Any]:
    return {"timestamp": event.at_ns // 1_000, "fields": _tags({"event": event.name, **event.attributes})}


def _tags(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds = {bool: "bool", int: "int64", float: "float64"}
    return [
        {"key": name, "type": kinds.get(type(value), "string"), "value": text_of(value)}
        for name, value in attributes.items()
    ]


SPAN_WRITERS: Final[Mapping[str, Callable[[Span], Documents]]] = {
    "otel": otel_span,
    "apm": apm_span,
    "jaeger": jaeger_span,
}


def _non_empty(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if value not in ("", None)}
