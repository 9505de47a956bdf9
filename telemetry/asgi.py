"""ASGI middleware: correlation id, server span, one log line and one measurement for every request."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import context, propagate
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from telemetry import correlation
from telemetry.logs import get_logger
from telemetry.traces import tracer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADER = correlation.HEADER.lower().encode()
log = get_logger("CodeAgent.API.Requests")


@dataclass
class Exchange:
    """One request and its answer; times in seconds, sizes in bytes of bodies."""

    method: str
    route: str = "other"
    status: int = 500  # what a client sees of an application that fell over
    seconds: float = 0.0
    request_bytes: int = 0
    response_bytes: int = 0
    correlation_id: str = ""
    error: BaseException | None = None
    started: float = field(default_factory=time.perf_counter)

    @property
    def failed(self) -> bool:
        """Whether the service is to blame; an answer may break off after it began with a good status."""
        return self.status >= 500 or self.error is not None


@dataclass(frozen=True)
class Instrumented:
    """Wraps an ASGI application.

    `route_of` names the route of a served scope (a template, never the path: labels must stay few); `answered` is
    told of every request while its span is current, so that exemplars point at it. `silent` paths leave no trace,
    no line and no measurement.
    """

    app: App
    route_of: Callable[[Scope], str]
    answered: Callable[[Exchange], None]
    silent: frozenset[str] = frozenset({"/health", "/metrics"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope."""
        if scope["type"] == "websocket":
            correlation.set_current(_correlation(scope))
        if scope["type"] != "http" or scope["path"] in self.silent:
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope["method"], correlation_id=_correlation(scope))
        correlation.set_current(exchange.correlation_id)
        # Attached as a whole: the caller's baggage goes on with the calls that are made here.
        token = context.attach(propagate.extract(scope, getter=_GETTER))
        try:
            await self._traced(exchange, scope, receive, send)
        finally:
            context.detach(token)

    async def _traced(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        with tracer().start_as_current_span(
            scope["method"],
            kind=SpanKind.SERVER,
            attributes=_first_attributes(scope, exchange),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            await self._serve(exchange, scope, receive, send)
            exchange.seconds = time.perf_counter() - exchange.started
            exchange.route = self.route_of(scope)
            finish(span, exchange)
            self.answered(exchange)
            log_exchange(exchange)

    async def _serve(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted_receive() -> Message:
            message = await receive()
            exchange.request_bytes += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, exchange.correlation_id.encode())]
            exchange.response_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, counted_receive, counted_send)
        except Exception as error:
            exchange.error = error


def header(scope: Scope, name: bytes) -> str | None:
    """A request header's first value by its lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def _correlation(scope: Scope) -> str:
    chosen, replaced = correlation.accept(header(scope, _HEADER))
    if replaced:
        log.warning("A malformed correlation id was replaced by {Replacement}", Replacement=chosen)
    return chosen


def _first_attributes(scope: Scope, exchange: Exchange) -> dict[str, Any]:
    return {
        "http.request.method": exchange.method,
        "url.path": scope["path"],
        "url.scheme": scope.get("scheme", "http"),
        "client.address": (scope.get("client") or ("",))[0],
        "user_agent.original": header(scope, b"user-agent") or "",
        correlation.ATTRIBUTE: exchange.correlation_id,
    }


def finish(span: Span, exchange: Exchange) -> None:
    """Tell a server span what became of its request: the route, the answer, what went wrong."""
    if not span.is_recording():
        return
    span.update_name(f"{exchange.method} {exchange.route}")
    span.set_attributes(
        {
            "http.route": exchange.route,
            "http.response.status_code": exchange.status,
            "http.request.body.size": exchange.request_bytes,
            "http.response.body.size": exchange.response_bytes,
        }
    )
    if exchange.error is not None:
        span.record_exception(exchange.error)
    if exchange.failed:
        span.set_attribute("error.type", type(exchange.error).__name__ if exchange.error else str(exchange.status))
        span.set_status(Status(StatusCode.ERROR, str(exchange.error) if exchange.error else None))


def log_exchange(exchange: Exchange) -> None:
    """The one line of a request, at a level that its answer deserves."""
    write = log.error if exchange.failed else log.warning if exchange.status >= 400 else log.info
    write(
        "{Method} {Endpoint} answered {Status} in {Duration} ms",
        Method=exchange.method,
        Endpoint=exchange.route,
        Status=exchange.status,
        Duration=round(exchange.seconds * 1000, 2),
        exc_info=exchange.error,
    )


class _Getter(Getter[Scope]):
    """Reads trace context from ASGI's list of byte pairs."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        value = header(carrier, key.encode())
        return None if value is None else [value]

    def keys(self, carrier: Scope) -> list[str]:
        return [str(key, "latin-1") for key, _ in carrier["headers"]]


_GETTER = _Getter()
