"""WSGI middleware: what `telemetry.asgi` does, for Flask, Django and the like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Token
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry import context, propagate, trace
from opentelemetry.trace import Span, SpanKind

from telemetry import correlation
from telemetry.asgi import Exchange, finish, log, log_exchange
from telemetry.traces import tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

_HEADER = "HTTP_" + correlation.HEADER.upper().replace("-", "_")


_ROUTE = "telemetry.route"


def note_flask_routes(server: Flask) -> None:
    """Let a Flask application note the rule of each request: once the body closes, Flask has forgotten it."""
    from flask import request  # only services made with Flask call this

    @server.url_value_preprocessor
    def matched(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        request.environ[_ROUTE] = request.url_rule.rule if request.url_rule else "other"


def flask_route(environ: WSGIEnvironment) -> str:
    """The rule that `note_flask_routes` noted, `other` where none matched."""
    return str(environ.get(_ROUTE, "other"))


@dataclass(frozen=True)
class Instrumented:
    """Wraps a WSGI application; the fields are those of the ASGI middleware.

    The request ends when the server closes the body, so that streamed answers are measured to their last byte.
    """

    app: WSGIApplication
    answered: Callable[[Exchange], None]
    route_of: Callable[[WSGIEnvironment], str] = flask_route
    silent: frozenset[str] = frozenset({"/health", "/metrics"})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if environ.get("PATH_INFO", "") in self.silent:
            return self.app(environ, start_response)
        current = _begin(environ, self)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            current.exchange.status = int(status.split(None, 1)[0])
            return start_response(status, [*headers, (correlation.HEADER, current.exchange.correlation_id)], exc_info)

        try:
            return _Body(self.app(environ, start), current)
        except Exception as error:
            current.exchange.error = error
            current.end()
            raise


@dataclass
class _Current:
    """A request under way: its span is current in this thread until `end`."""

    exchange: Exchange
    span: Span
    token: Token[context.Context]
    environ: WSGIEnvironment
    middleware: Instrumented
    ended: bool = False

    def end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self.exchange.seconds = time.perf_counter() - self.exchange.started
        self.exchange.route = self.middleware.route_of(self.environ)
        try:
            finish(self.span, self.exchange)
            self.middleware.answered(self.exchange)
            log_exchange(self.exchange)
        finally:
            self.span.end()
            context.detach(self.token)
            correlation.set_current("")  # the thread serves others next


class _Body:
    """The answer's body: counted, and the request ended with it."""

    def __init__(self, chunks: Iterable[bytes], current: _Current) -> None:
        self._chunks, self._current = chunks, current

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                self._current.exchange.response_bytes += len(chunk)
                yield chunk
        except Exception as error:
            self._current.exchange.error = error
            raise

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self._current.end()


def _begin(environ: WSGIEnvironment, middleware: Instrumented) -> _Current:
    chosen, replaced = correlation.accept(environ.get(_HEADER))
    correlation.set_current(chosen)
    length = str(environ.get("CONTENT_LENGTH") or "")
    exchange = Exchange(
        str(environ["REQUEST_METHOD"]), correlation_id=chosen, request_bytes=int(length) if length.isdigit() else 0
    )
    parent = propagate.extract({key: value for key, value in _headers(environ).items() if value})
    attributes = {
        "http.request.method": exchange.method,
        "url.path": str(environ.get("PATH_INFO", "")),
        "url.scheme": str(environ.get("wsgi.url_scheme", "http")),
        "client.address": str(environ.get("REMOTE_ADDR", "")),
        "user_agent.original": str(environ.get("HTTP_USER_AGENT", "")),
        correlation.ATTRIBUTE: chosen,
    }
    span = tracer().start_span(exchange.method, parent, SpanKind.SERVER, attributes)
    token = context.attach(trace.set_span_in_context(span, parent))
    if replaced:
        log.warning("A malformed correlation id was replaced by {Replacement}", Replacement=chosen)
    return _Current(exchange, span, token, environ, middleware)


def _headers(environ: WSGIEnvironment) -> Mapping[str, str]:
    return {name: str(environ.get(f"HTTP_{name.upper()}", "")) for name in ("traceparent", "tracestate", "baggage")}
