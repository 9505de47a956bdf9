"""A gateway with its Redis and its providers as real processes, and readers of what it writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.database import api_key, user_id
from tests.servers import Server, answers, free_port, redis, running, wait_until

AUTHORISED = {"authorization": f"Bearer {api_key(user_id(7))}"}
EVERY_TRACE = {"OTEL_TRACES_SAMPLER_ARG": "1.0"}


@dataclass(frozen=True)
class World:
    """The processes and where they write."""

    gateway: Server
    providers: Server
    redis: Server
    data: Path

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self.gateway.url

    def log_lines(self, correlation_id: str) -> list[dict[str, Any]]:
        """Log events of one correlation id, in order."""
        lines = [json.loads(line) for path in (self.data / "logs").glob("*.json") for line in path.open()]
        return [line for line in lines if line.get("CorrelationId") == correlation_id]

    def spans(self, trace_id: str = "") -> list[dict[str, Any]]:
        """Finished spans, of one trace or of all, each with its `service`."""
        matching = []
        for path in (self.data / "traces").glob("*.jsonl"):
            for line in path.open():
                matching += [span for span in _spans(json.loads(line)) if trace_id in ("", span["traceId"])]
        return matching


@contextmanager
def world(folder: Path, environment: dict[str, str] | None = None) -> Iterator[World]:
    """Redis, providers and gateway, started and stopped."""
    data, variables = folder / "data", {**EVERY_TRACE, **(environment or {})}
    with running(redis(folder / "redis")) as cache, running(_providers(folder, data, variables)) as providers:
        gateway = _gateway(folder, data, providers.url, cache.port, variables)
        with running(gateway):
            wait_until(lambda: answers(f"{gateway.url}/health"))
            yield World(gateway, providers, cache, data)


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    """A span's attributes as plain values (numbers as OTLP writes them: integers are strings)."""
    return {attribute["key"]: next(iter(attribute["value"].values())) for attribute in span["attributes"]}


def _providers(folder: Path, data: Path, environment: dict[str, str]) -> Server:
    port = free_port()
    arguments = [
        sys.executable,
        "-m",
        "gateway",
        "providers",
        "--port",
        str(port),
        "--data-dir",
        str(data),
        "--reliable",
    ]
    return Server(
        arguments, port, lambda: answers(f"http://127.0.0.1:{port}/health"), folder / "providers.log", environment
    )


def _gateway(folder: Path, data: Path, providers: str, redis_port: int, environment: dict[str, str]) -> Server:
    port = free_port()
    arguments = [
        sys.executable,
        "-m",
        "gateway",
        "serve",
        "--port",
        str(port),
        "--data-dir",
        str(data),
        "--pace",
        "0.1",
        "--ping",
        "1",
        "--providers-url",
        providers,
        "--redis-url",
        f"redis://127.0.0.1:{redis_port}/0",
    ]
    return Server(
        arguments, port, lambda: answers(f"http://127.0.0.1:{port}/health"), folder / "gateway.log", environment
    )


def _spans(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in request["resourceSpans"]:
        service = next(
            attribute["value"]["stringValue"]
            for attribute in resource["resource"]["attributes"]
            if attribute["key"] == "service.name"
        )
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield {**span, "service": service}
