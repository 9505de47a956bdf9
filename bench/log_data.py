"""Any number of log lines in the sample gateway's words: compact JSON for files, Serilog's documents for a cluster.

The same number gives the same lines. Lines are assembled from encoded parts: a million takes some seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

START: Final = 1_790_000_000  # epoch seconds of the first line
SECONDS: Final = 86_400  # over which they are spread
SHARED: Final = {"Application": "CodeAgent.Gateway", "Version": "1.0.0", "EnvironmentName": "bench"}
ENDPOINTS: Final = (
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/models",
    "/v1/files/{file_id}",
    "/v1/workflows/{workflow_id}/runs",
)
PROVIDERS: Final = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-3-5-sonnet"),
    ("mistral", "mistral-large"),
)
ANSWERED: Final = "{Method} {Endpoint} answered {Status} in {Duration} ms"
CALLED: Final = "{ProviderId} answered {Model} with {CompletionTokens} tokens in {Duration} ms"
FAILED: Final = "Provider call failed: {Reason}"
STACK: Final = "gateway.errors.ProviderTimeout: no answer in time\n" + "\n".join(
    f'  File "gateway/step_{n}.py", line {40 + n}, in run' for n in range(8)
)
Event = tuple[float, str, str, str, dict[str, Any]]  # epoch seconds, level, template, message, properties


def events(count: int) -> Iterator[Event]:
    """Events by time; every twentieth request fails, every fiftieth is slow."""
    chance = random.Random(11)
    for number in range(count):
        seconds = START + SECONDS * number / count
        yield (seconds, *_event(number, chance))


def _event(number: int, chance: random.Random) -> tuple[str, str, str, dict[str, Any]]:
    ids = {
        "CorrelationId": f"{chance.getrandbits(128):032x}",
        "TraceId": f"{chance.getrandbits(128):032x}",
        "SpanId": f"{chance.getrandbits(64):016x}",
        "MachineName": f"gateway-{number % 8}",
    }
    took = round(chance.expovariate(1 / 120) + (4_000 if number % 50 == 0 else 0), 2)
    if number % 3 == 0:
        provider, model = PROVIDERS[number // 3 % len(PROVIDERS)]
        tokens = chance.randrange(900)
        return (
            "Information",
            CALLED,
            f"{provider} answered {model} with {tokens} tokens in {took} ms",
            {
                **ids,
                "SourceContext": "CodeAgent.API.Providers",
                "ProviderId": provider,
                "Model": model,
                "CompletionTokens": tokens,
                "Duration": took,
                "UserId": f"user-{chance.randrange(2_000):04}",
            },
        )
    if number % 61 == 0:
        reason = chance.choice(("timeout", "rate limit reached", "connection refused"))
        return (
            "Warning",
            FAILED,
            f"Provider call failed: {reason}",
            {**ids, "SourceContext": "CodeAgent.API.Providers", "Reason": reason},
        )
    endpoint, fails = ENDPOINTS[chance.randrange(len(ENDPOINTS))], number % 20 == 1
    status = 500 if fails else 200
    return (
        "Error" if fails else "Information",
        ANSWERED,
        f"POST {endpoint} answered {status} in {took} ms",
        {
            **ids,
            "SourceContext": "CodeAgent.API.Requests",
            "Method": "POST",
            "Endpoint": endpoint,
            "Status": status,
            "Duration": took,
        },
    )


def write(folder: Path, count: int) -> None:
    """The lines as compact JSON in one file, unless it is there already."""
    path = folder / f"codeagent-{count}.json"
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb", buffering=1 << 20) as file:
        for seconds, level, template, _, properties in events(count):
            failure = {"@x": STACK} if level == "Error" else {}
            file.write(
                orjson.dumps(
                    {"@t": stamp(seconds), "@mt": template, "@l": level, **failure, **SHARED, **properties},
                    option=orjson.OPT_APPEND_NEWLINE,
                )
            )
    unfinished.rename(path)


def documents(count: int) -> Iterator[bytes]:
    """The same lines in the shape of Serilog's Elasticsearch sink, encoded."""
    for seconds, level, template, message, properties in events(count):
        failure = (
            {
                "exceptions": [
                    {"ClassName": "ProviderTimeout", "Message": "no answer in time", "StackTraceString": STACK}
                ]
            }
            if level == "Error"
            else {}
        )
        yield orjson.dumps(
            {
                "@timestamp": stamp(seconds),
                "level": level,
                "messageTemplate": template,
                "message": message,
                **failure,
                "fields": {**SHARED, **properties},
            }
        )


def stamp(seconds: float) -> str:
    """ISO 8601 with microseconds, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
