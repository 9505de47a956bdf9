"""OpenTelemetry's own instrumentations of HTTP client and Redis, and ours of SQL: each for one client.

Each needs the extra of its name: `httpx`, `redis` or `sqlalchemy`.
"""

from __future__ import annotations

from typing import Any

from opentelemetry import propagate

from telemetry import correlation
from telemetry.extras import optional
from telemetry.settings import prefer_stable_names

prefer_stable_names()  # the packages read it once, when they are first used


def instrument_http(client: Any, spans: bool = True) -> None:
    """W3C trace context, baggage and the correlation id with every request of one asynchronous httpx client.

    With `spans`, each request is a client span as well, which ends with the answer's headers; a caller that streams
    makes a span of its own and leaves them out. MissingExtra without the extra `httpx`.
    """
    if spans:
        with optional("httpx"):
            from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
        HTTPXClientInstrumentor.instrument_client(client)
    client.event_hooks["request"] = [*client.event_hooks["request"], _send_context]


async def _send_context(request: Any) -> None:
    if correlation_id := correlation.current():
        request.headers.setdefault(correlation.HEADER, correlation_id)
    if "traceparent" not in request.headers:
        propagate.inject(request.headers)


def instrument_redis(client: Any) -> None:
    """A span for each command of one Redis client; values are shown as `?`. MissingExtra without the extra `redis`."""
    with optional("redis"):
        from opentelemetry.instrumentation.redis import RedisInstrumentor
    RedisInstrumentor.instrument_client(client)


def instrument_database(engine: Any) -> None:
    """A span with the statement's text for each query of one SQLAlchemy engine. MissingExtra without `sqlalchemy`."""
    with optional("sqlalchemy"):
        from telemetry.sql import instrument_engine
    instrument_engine(engine)
