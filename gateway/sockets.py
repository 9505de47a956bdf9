"""The WebSocket endpoint: prompts in, tokens out as the provider streams them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import orjson
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.llm import Ask, ProviderFailed, pick_model
from gateway.parts import Parts
from gateway.users import Refused, signed_in
from telemetry import correlation
from telemetry.logs import get_logger
from telemetry.traces import TRACER

log = get_logger("CodeAgent.API.Stream")
ROUTE = "/v1/stream"
PIECES = 24
# What a close code means. 1006: the connection ended without a close frame; 1011: nobody answered pings any more.
REASONS = {1000: "normal", 1001: "going_away", 1005: "normal", 1011: "timeout", 1012: "going_away", 4408: "timeout"}
IDLE_CODE = 4408


async def stream(parts: Parts, socket: WebSocket) -> None:
    """Serve one connection to its end."""
    try:
        user = await signed_in(parts, socket)
    except Refused:
        await socket.close(4401)
        return
    await socket.accept(headers=[(correlation.HEADER.lower().encode(), correlation.current().encode())])
    measures, opened = parts.measures, time.monotonic()
    measures.metrics.add("codeagent_websocket_connections")
    measures.open_sockets += 1
    code = 1006
    try:
        code = await _talk(parts, socket, user)
    finally:
        measures.open_sockets -= 1
        reason = REASONS.get(code, "abnormal")
        measures.metrics.add("codeagent_websocket_disconnections_total", 1, reason=reason)
        seconds = time.monotonic() - opened
        measures.metrics.record("codeagent_websocket_connection_duration_seconds", seconds)
        log.info("Connection of {UserId} ended: {Reason}", UserId=user, Reason=reason, Seconds=round(seconds, 1))


async def _talk(parts: Parts, socket: WebSocket, user: str) -> int:
    """Answer prompts until the connection ends; its close code."""
    while True:
        try:
            message = await asyncio.wait_for(socket.receive(), parts.settings.socket_idle)
        except TimeoutError:
            await socket.close(IDLE_CODE)
            return IDLE_CODE
        if message["type"] == "websocket.disconnect":
            # A lost connection has no close frame, hence no reason; uvicorn calls it 1005 all the same.
            return int(message["code"]) if "reason" in message else 1006
        text = message.get("text") or ""
        _count(parts, "in", text)
        # The client may go while it is being answered; the next message received tells how.
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await _answer(parts, socket, user, text)


async def _answer(parts: Parts, socket: WebSocket, user: str, text: str) -> None:
    """Answer one message as a unit of its own: a trace, a correlation id (the client's if it sends one), a log line."""
    started, request = time.perf_counter(), _parse(text)
    correlation.set_current(correlation.accept(str(request.get("correlationId") or "") or None)[0])
    attributes = {"http.route": ROUTE, correlation.ATTRIBUTE: correlation.current(), "user.id": user}
    with trace.get_tracer(TRACER).start_as_current_span(
        f"WS {ROUTE}", kind=SpanKind.SERVER, attributes=attributes
    ) as span:
        failure = await _reply(parts, socket, user, request.get("messages"))
        if failure:
            span.set_status(Status(StatusCode.ERROR, failure))
        write = log.warning if failure else log.info
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        write("{Endpoint} answered a message in {Duration} ms", Endpoint=ROUTE, Duration=milliseconds, UserId=user)


async def _reply(parts: Parts, socket: WebSocket, user: str, messages: object) -> str:
    """Stream the provider's answer; what went wrong with it, or nothing."""
    if not isinstance(messages, list) or not messages:
        await _send(parts, socket, {"error": "A message needs JSON with messages."})
        return ""

    async def send(piece: str) -> None:
        await _send(parts, socket, {"delta": piece})

    provider, model = pick_model(parts.rng, None)
    try:
        answer = await parts.providers.complete(Ask(provider, model, user, messages, PIECES), send)
    except ProviderFailed as error:
        await _send(parts, socket, {"error": str(error), "correlationId": correlation.current()})
        return str(error)
    await _send(parts, socket, {"done": True, "usage": answer.usage, "correlationId": correlation.current()})
    return ""


def _parse(text: str) -> dict[str, Any]:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


async def _send(parts: Parts, socket: WebSocket, message: dict[str, object]) -> None:
    text = orjson.dumps(message).decode()
    await socket.send_text(text)
    _count(parts, "out", text)


def _count(parts: Parts, direction: str, text: str) -> None:
    parts.measures.metrics.add("codeagent_websocket_messages_total", 1, direction=direction)
    parts.measures.metrics.record("codeagent_websocket_message_size_bytes", len(text), direction=direction)
