"""OpenTelemetry's own instrumentations of HTTP client, SQL and Redis, each for one client and safe to leave out."""

from __future__ import annotations

from typing import Any

from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor


def instrument_http(client: Any) -> None:
    """Client spans and W3C trace context for one httpx client."""
    HTTPXClientInstrumentor.instrument_client(client)


def instrument_redis(client: Any) -> None:
    """A span for each command of one Redis client; values are shown as `?`."""
    RedisInstrumentor.instrument_client(client)


def instrument_database(engine: Any) -> None:
    """A span with the statement's text for each query of one SQLAlchemy engine."""
    SQLAlchemyInstrumentor().instrument(engine=engine)
