"""What a caller sends along goes on with the calls that its request causes: trace, baggage, correlation id."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import TracerProvider

from telemetry import asgi
from telemetry.instrument import instrument_http

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SENT = {
    "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01",
    "baggage": "tenant=blue",
    "x-correlation-id": "from-outside",
}


def test_the_callers_context_reaches_the_next_service_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = TracerProvider()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    received: list[httpx.Request] = []

    def next_service(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200)

    async def app(_: asgi.Scope, __: asgi.Receive, send: asgi.Send) -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(next_service)) as client:
            instrument_http(client, spans=False)
            await client.get("http://next.example/")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def use() -> str | None:
        pairs = [(key.encode(), value.encode()) for key, value in SENT.items()]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": pairs}
        await asgi.Instrumented(app, lambda _: "/", lambda _: None)(scope, _receive, _send)
        return str(baggage.get_baggage("tenant"))

    left = asyncio.run(use())
    (request,) = received
    assert request.headers["traceparent"].split("-")[1] == TRACE_ID
    assert request.headers["traceparent"].split("-")[2] != SENT["traceparent"].split("-")[2]
    assert request.headers["baggage"] == "tenant=blue"
    assert request.headers["x-correlation-id"] == "from-outside"
    assert left == "None"


async def _receive() -> asgi.Message:
    return {"type": "http.request", "body": b""}


async def _send(_: asgi.Message) -> None:
    """Nobody reads the answer."""
