"""Lines and spans that hold something of everything, and the files that their writers make of them.

Times are whole milliseconds and durations whole microseconds, so that every layout of documents can keep them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from queries.logs.types import LogFailure, LogLine
from queries.search.results import NANO, Range
from queries.traces.types import Span, SpanEvent, SpanLink
from tests.integration.stores.elastic_documents import stamp

START: Final = 1_767_268_800  # 2026-01-01T12:00:00Z: the day of the corpus holds a midnight
DAY: Final = 86_400
RANGE: Final = Range.of_seconds(START, START + DAY)
HOSTILE: Final = "<script>alert(1)</script> \x1b[31mred \u202eevil"
STACK: Final = 'Traceback (most recent call last):\n  File "x.py", line 1\nTimeoutError: the provider is late'
KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("unset", "ok", "error")
_MS: Final = 1_000_000


def _line(second: float, level: str, message: str, template: str = "", **more: Any) -> LogLine:
    fields = {"service": "gateway", "host": "web-0", "logger": "CodeAgent.API", "raw_level": level} | more
    return LogLine("", START * NANO + int(second * 1_000) * _MS, level, message, template, **fields)


def _question_lines(n: int) -> list[LogLine]:
    """The lines of one request through two services; every seventh fails, every fifth waits."""
    begin, provider, took = n * 1_700.0, ("openai", "anthropic", "OpenAI")[n % 3], 12.5 * (n % 11 + 1)
    shared = {"correlation_id": f"corr-{n}", "trace_id": f"{n + 1:032x}", "host": f"web-{n % 3}"}
    status = 500 if n % 7 == 0 else 200
    results = [
        _line(begin, "Information", f"Asked for /v1/chat by u-{n % 4}", "Asked for {Endpoint} by {UserId}",
              **shared, fields={"Endpoint": "/v1/chat", "UserId": f"u-{n % 4}", "N": n}),
        _line(begin + 1, "Debug", f"Call {n} to {provider} took {took} ms", "Call {N} to {Provider} took {Ms} ms",
              **shared | {"service": "worker", "logger": "Worker.Calls"},
              fields={"N": n, "Provider": provider, "Ms": took, "Slow": took > 100}),
        _line(begin + 2, "Information", f"Answered {status}", "Answered {StatusCode}",
              **shared, span_id=f"{n:014x}a0", fields={"StatusCode": status, "N": n}),
    ]  # fmt: skip
    if n % 5 == 0:
        late: dict[str, Any] = {
            "raw_level": "WARN",
            "service": "worker",
            "fields": {"Provider": provider, "Percent": 80},
        }
        results.append(_line(begin + 1.5, "Warning", f'Rate limit of {provider} at 80% "soon"', **shared | late))
    if status == 500:
        failure = LogFailure("TimeoutError", "the provider is late", STACK)
        results.append(
            _line(
                begin + 1.75,
                "Error",
                "Request failed",
                "Request failed",
                **shared,
                failure=failure,
                fields={"Endpoint": "/v1/chat", "StatusCode": 500, "Fault": 'said "x" (*) \\'},
            )
        )
    return results


def _odd() -> list[LogLine]:
    """What belongs to no request: other words for levels, no host, hostile text, lines of the same instant."""
    return [
        _line(0.5, "Information", "Started in 3.5 s", service="scheduler", host=""),
        _line(40_000, "", "Key rotated", "Key rotated", raw_level="AUDIT", service="vault", host="", logger=""),
        _line(40_001, "Fatal", "Out of memory", raw_level="critical", service="scheduler"),
        _line(40_002, "Verbose", HOSTILE, "{Text}", fields={"Text": HOSTILE}),
        _line(40_003, "Information", "Zażółć gęślą jaźń 漢字 🙂", service="größe"),
        *(
            _line(40_004, "Information", f"Same instant {n}", "Same instant {Place}", fields={"Place": n})
            for n in range(5)
        ),
        _line(DAY - 0.001, "Information", "Last of the day", service="scheduler", host="web-2"),
    ]


def log_lines() -> list[LogLine]:
    """All lines by time, in the order in which they are written."""
    results = [*(line for n in range(50) for line in _question_lines(n)), *_odd()]
    return sorted(results, key=lambda line: line.at_ns)


def _span(trace: int, number: int, name: str, at_ms: float, us: int, *, parent: int = 0, **more: Any) -> Span:
    service = more.pop("service", "gateway")
    resource = {"service.name": service, "host.name": f"web-{trace % 3}"}
    start = START * NANO + trace * 1_200 * NANO + int(at_ms * 1_000) * 1_000
    fields: dict[str, Any] = {"kind": "internal", "scope": "CodeAgent.API", "resource": resource} | more
    above = f"{trace:014x}{parent:02x}" if parent else ""
    return Span(f"{trace:032x}", f"{trace:014x}{number:02x}", above, name, service, start, us * 1_000, **fields)


def _request(n: int) -> list[Span]:
    """A request over two services, a cache and a provider; every ninth fails, the first span of trace 13 is lost."""
    us, fails = (n % 17 + 1) * 10_000 + n, n % 9 == 0
    root = _span(
        n,
        1,
        ("POST /v1/chat", "GET /v1/models")[n % 2],
        0,
        us,
        kind="server",
        status="error" if fails else "unset",
        status_message="the provider is late" if fails else "",
        attributes={"http.response.status_code": 500 if fails else 200, "tenant": f"t-{n % 4}", "cached": n % 2 == 0},
        events=(SpanEvent(START * NANO + n * 1_200 * NANO, "exception", {"exception.type": "TimeoutError"}),)
        if fails
        else (),
    )
    rest = [
        _span(n, 2, "call worker", 1, us // 2, parent=1, kind="client", status="ok", attributes={"n": n},
              links=(SpanLink("f" * 32, "e" * 16),) if n % 10 == 0 else ()),
        _span(n, 3, "run", 2, us // 4, parent=2, kind="server", service="worker", attributes={"step": "llm"}),
        _span(n, 4, "GET key", 2.5, 500 + n, parent=3, kind="client", service="worker",
              attributes={"db.system": "redis"}),
        _span(n, 5, "chat", 3, us // 5, parent=3, kind="client", service="worker", status="error" if fails else "ok",
              attributes={"gen_ai.system": ("openai", "anthropic")[n % 2]}),
    ]  # fmt: skip
    return rest if n == 13 else [root, *rest]


def trace_spans() -> list[Span]:
    """All spans: requests, a lonely batch, one that takes no time, and a wide one."""
    return [
        *(span for n in range(1, 61) for span in _request(n)),
        _span(62, 1, "batch", 0, 3_600_000_000, service="scheduler"),
        _span(63, 1, "tick", 0, 0, service="scheduler"),
        _span(
            64,
            1,
            "wide",
            0,
            250_000,
            kind="server",
            status="ok",
            attributes={"tags": ["blue", "Dark red"], "sizes": [5, 70], "note": "asked for the moon"},
        ),
        *(_span(64, n, "step", n, 1_000, parent=1) for n in range(2, 120)),
    ]


def clef(line: LogLine) -> dict[str, Any]:
    """As the file sink writes it."""
    known = {
        "Application": line.service,
        "MachineName": line.host,
        "SourceContext": line.logger,
        "TraceId": line.trace_id,
        "SpanId": line.span_id,
        "CorrelationId": line.correlation_id,
    }
    failure = {"@x": line.failure.stack} if line.failure else {}
    level = line.raw_level or line.level
    return {
        "@t": stamp(line.at_ns),
        "@l": level,
        "@mt": line.template,
        "@m": line.message,
        **failure,
        **{name: value for name, value in known.items() if value},
        **line.fields,
    }


def write_clef(lines: Sequence[LogLine], folder: Path) -> None:
    """A file for each day, as the file sink rolls them."""
    for line in lines:
        day = stamp(line.at_ns)[:10].replace("-", "")
        with (folder / f"codeagent-{day}.json").open("ab") as file:
            file.write(orjson.dumps(clef(line)) + b"\n")


def otlp(span: Span) -> dict[str, Any]:
    """As the file exporter writes it."""
    results = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": KINDS.index(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "status": {"code": STATUSES.index(span.status), "message": span.status_message},
        "attributes": _pairs(span.attributes),
        "events": [
            {"timeUnixNano": str(event.at_ns), "name": event.name, "attributes": _pairs(event.attributes)}
            for event in span.events
        ],
        "links": [
            {"traceId": link.trace_id, "spanId": link.span_id, "attributes": _pairs(link.attributes)}
            for link in span.links
        ],
    }
    scoped = {"scope": {"name": span.scope}, "spans": [results]}
    return {"resourceSpans": [{"resource": {"attributes": _pairs(span.resource)}, "scopeSpans": [scoped]}]}


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _typed(value)} for name, value in attributes.items()]


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_typed(item) for item in value]}}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def write_otlp(spans: Sequence[Span], folder: Path) -> None:
    """Two files, so that traces lie in both."""
    for name, part in (("traces-20260101.jsonl", spans[::2]), ("traces-20260102.jsonl", spans[1::2])):
        (folder / name).write_bytes(b"".join(orjson.dumps(otlp(span)) + b"\n" for span in part))
