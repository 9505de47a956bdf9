"""Traces of any size as OTLP JSON lines: agent runs whose steps call providers, Redis and the database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

MS: Final = 1_000_000
GATEWAY: Final = "CodeAgent.Gateway"
PROVIDERS: Final = "CodeAgent.Providers"
MODELS: Final = ("gpt-4o", "gpt-4o-mini", "claude-3-5-sonnet", "mistral-large")
STACK: Final = "Traceback (most recent call last):\n" + "\n".join(
    f'  File "gateway/step_{n}.py", line {40 + n}, in run\n    await call(request)' for n in range(12)
)
CALLS: Final = (
    ("GET", 3, {"db.system.name": "redis", "server.address": "127.0.0.1"}),
    ("SELECT users", 3, {"db.system.name": "sqlite", "db.query.text": "SELECT * FROM users WHERE id = ?"}),
    ("ExecuteStep:SearchIndex", 1, {"step.type": "tool"}),
)
Span = dict[str, Any]


def write(folder: Path, sizes: tuple[int, ...], start: float) -> dict[int, str]:
    """One trace of each size, beginning at `start` (epoch seconds); their ids by size."""
    chance = random.Random(7)
    ids = {}
    with (folder / "traces-bench.jsonl").open("wb") as file:
        for number, size in enumerate(sizes):
            ids[size] = f"{chance.getrandbits(128):032x}"
            begin = int((start + number * 60) * 1e9)
            spans = list(trace(ids[size], size, begin, chance))
            for first in range(0, len(spans), 64):
                file.write(_line(spans[first : first + 64]))
    return ids


def trace(trace_id: str, size: int, begin: int, chance: random.Random) -> Iterator[tuple[str, Span]]:
    """Services and spans of a run: a root, then steps, each with a call of a provider and some of stores."""
    whole = size * 3 * MS
    root = f"{chance.getrandbits(64):016x}"
    yield (
        GATEWAY,
        _span(
            trace_id,
            root,
            "",
            "POST /v1/workflows/{workflow_id}/runs",
            2,
            begin,
            whole,
            {
                "http.request.method": "POST",
                "http.route": "/v1/workflows/{workflow_id}/runs",
                "http.response.status_code": 202,
                "correlation.id": trace_id,
                "user.id": "user-0042",
            },
        ),
    )
    count, start_ns = 1, begin
    while count < size:
        for service, span in _step(trace_id, root, start_ns, chance, size - count):
            count += 1
            yield service, span
        start_ns += 18 * MS


def _step(trace_id: str, root: str, start_ns: int, chance: random.Random, most: int) -> list[tuple[str, Span]]:
    """At most six spans."""
    step, call, answer = (f"{chance.getrandbits(64):016x}" for _ in range(3))
    name = f"ExecuteStep:{chance.choice(('Plan', 'Write', 'Review'))}"
    model, fails = chance.choice(MODELS), chance.random() < 0.02
    spans = [
        (GATEWAY, _span(trace_id, step, root, name, 1, start_ns, 17 * MS, {"step.type": "llm"}, fails)),
        (
            GATEWAY,
            _span(
                trace_id,
                call,
                step,
                f"chat {model}",
                3,
                start_ns + MS,
                12 * MS,
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.request.model": model,
                    "gen_ai.provider.name": "openai",
                    "gen_ai.usage.input_tokens": chance.randrange(2_000),
                    "gen_ai.usage.output_tokens": chance.randrange(900),
                    "request.id": f"req_{chance.getrandbits(64):016x}",
                },
                fails,
            ),
        ),
        (
            PROVIDERS,
            _span(
                trace_id,
                answer,
                call,
                "POST /{provider}/v1/chat/completions",
                2,
                start_ns + 2 * MS,
                10 * MS,
                {"http.route": "/{provider}/v1/chat/completions", "http.response.status_code": 200},
                fails,
            ),
        ),
    ]
    for called, kind, attributes in CALLS:
        span_id, took = f"{chance.getrandbits(64):016x}", chance.randrange(3 * MS)
        spans.append((GATEWAY, _span(trace_id, span_id, step, called, kind, start_ns + 13 * MS, took, attributes)))
    return spans[:most]


def _span(
    trace_id: str,
    span_id: str,
    parent: str,
    name: str,
    kind: int,
    start: int,
    duration: int,
    attributes: dict[str, Any],
    fails: bool = False,
) -> Span:
    values = [
        {
            "key": key,
            "value": {"intValue": str(attribute)} if isinstance(attribute, int) else {"stringValue": attribute},
        }
        for key, attribute in attributes.items()
    ]
    span: Span = {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + duration),
        "attributes": values,
        "status": {"code": 2 if fails else 1},
    }
    if fails:
        about = {
            "exception.type": "ProviderTimeout",
            "exception.message": "no answer in time",
            "exception.stacktrace": STACK,
        }
        pairs = [{"key": key, "value": {"stringValue": text}} for key, text in about.items()]
        span["events"] = [{"timeUnixNano": str(start + duration), "name": "exception", "attributes": pairs}]
    return span


def _line(spans: list[tuple[str, Span]]) -> bytes:
    by_service: dict[str, list[Span]] = {}
    for service, span in spans:
        by_service.setdefault(service, []).append(span)
    groups = [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"scope": {"name": "CodeAgent.API"}, "spans": spans_}],
        }
        for service, spans_ in by_service.items()
    ]
    return orjson.dumps({"resourceSpans": groups}) + b"\n"
