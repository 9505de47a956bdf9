"""Spans as OTLP JSON lines in a folder, and the trace pages over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from queries.metrics.stats import Stats
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.duckdb.traces import FileTraceSettings, FileTraceStore
from queries.stores.query_cache import QueryCache
from queries.traces.types import Span, SpanEvent

START = 1_790_000_000  # epoch seconds
NOW = START + 700.0
HOSTILE = "</script><script>alert(1)</script>\"'\x1b[31m\u202eevil"
KINDS = ("", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")


def span(
    number: int, name: str = "GET /a", *, trace: int = 1, parent: int = 0, at_ms: float = 0, ms: float = 10, **more: Any
) -> Span:
    """A span; numbers become ids, times are milliseconds after START."""
    fields = {"service": "Gateway", "kind": "internal" if parent else "server"} | more
    start = int(START * 1e9 + at_ms * 1e6)
    above = f"{parent:016x}" if parent else ""
    return Span(f"{trace:032x}", f"{number:016x}", above, name, start_ns=start, duration_ns=int(ms * 1e6), **fields)


def value(content: Any) -> dict[str, Any]:
    """A value of OTLP JSON."""
    if isinstance(content, bool):
        return {"boolValue": content}
    if isinstance(content, int):
        return {"intValue": str(content)}
    if isinstance(content, list):
        return {"arrayValue": {"values": [value(item) for item in content]}}
    return {"doubleValue": content} if isinstance(content, float) else {"stringValue": str(content)}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(content)} for key, content in attributes.items()]


def encoded(span: Span) -> dict[str, Any]:
    """One line of the file exporter."""
    written = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": KINDS.index(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.start_ns + span.duration_ns),
        "attributes": pairs(dict(span.attributes)),
        "status": {"code": STATUSES.index(span.status), "message": span.status_message},
        "events": [
            {"timeUnixNano": str(event.at_ns), "name": event.name, "attributes": pairs(dict(event.attributes))}
            for event in span.events
        ],
    }
    resource = {"attributes": pairs({"service.name": span.service, **span.resource})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "t"}, "spans": [written]}]}]}


def write(folder: Path, spans: Sequence[Span]) -> Path:
    """The file of these spans."""
    path = folder / "traces-20260921.jsonl"
    path.write_bytes(b"".join(orjson.dumps(encoded(span)) + b"\n" for span in spans))
    return path


def stores(folder: Path, spans: Sequence[Span]) -> Stores:
    """The stores over that file."""
    write(folder, spans)
    cache, store = QueryCache(Stats(CollectorRegistry())), FileTraceStore(FileTraceSettings(folder, memory_mb=64))
    return Stores(cache, None, CachedTraceStore(store, cache), 30.0)


def session(folder: Path, spans: Sequence[Span]) -> Session:
    """One page's questions to them."""
    return stores(folder, spans).session()


def url(path: str = "/traces", **parameters: Any) -> PageUrl:
    """An address whose range holds the spans."""
    chosen = {"from": str(START - 60), "to": str(START + 600), **parameters}
    return parse_url(
        path, {name: [values] if isinstance(values, str) else values for name, values in chosen.items()}, NOW
    )


def request(trace: int, ms: float = 10, **more: Any) -> list[Span]:
    """A request with a call of Redis."""
    return [
        span(
            trace * 10 + 1,
            "POST /v1/chat",
            trace=trace,
            at_ms=trace * 1_000,
            ms=ms,
            **{"attributes": {"http.route": "/v1/chat", "http.response.status_code": 200}, **more},
        ),
        span(
            trace * 10 + 2,
            "GET key",
            trace=trace,
            parent=trace * 10 + 1,
            at_ms=trace * 1_000 + 1,
            ms=ms / 2,
            kind="client",
            attributes={"db.system.name": "redis"},
        ),
    ]


def failed(trace: int, ms: float = 20) -> list[Span]:
    """A request that failed with an exception."""
    start = int((START + trace) * 1e9)
    stack = {"exception.type": "Boom", "exception.message": HOSTILE, "exception.stacktrace": "at line 1"}
    return request(
        trace,
        ms,
        status="error",
        status_message="it broke",
        events=(SpanEvent(start, "exception", stack),),
        attributes={"http.route": "/v1/chat", "http.response.status_code": 500, "fault": "injected"},
    )
