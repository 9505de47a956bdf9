"""The ASGI and WSGI middlewares: one span, one line, one measurement, and a correlation id that is safe to repeat."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask, Response
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import asgi, correlation, wsgi
from telemetry.events import Event
from telemetry.logs import install

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Witness:
    """What a request left behind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.exchanges: list[asgi.Exchange] = []
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def write(self, event: Event) -> None:
        self.events.append(event)

    def flush(self) -> None:
        """Nothing is held back."""

    close = flush


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    result = Witness()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: result.provider)
    before = logging.getLogger().level
    install([result], {}, {"": "INFO"})
    yield result
    install([], {}, {})
    logging.getLogger().setLevel(before)


def ask_asgi(witness: Witness, path: str = "/v1/models", headers: dict[str, str] | None = None) -> dict[str, Any]:
    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["path"] == "/boom":
            raise ValueError("broken")
        await receive()
        status = 404 if scope["path"] == "/missing" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        if scope["path"] == "/breaks-off":
            raise ValueError("broken")
        await send({"type": "http.response.body", "body": b"hello"})

    sent: list[asgi.Message] = []

    async def send(message: asgi.Message) -> None:
        sent.append(message)

    async def receive() -> asgi.Message:
        return {"type": "http.request", "body": b"abc"}

    pairs = [(key.lower().encode(), value.encode()) for key, value in (headers or {}).items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": pairs, "client": ("10.0.0.1", 1)}
    middleware = asgi.Instrumented(app, lambda _: "/v1/{what}", witness.exchanges.append)
    asyncio.run(middleware(scope, receive, send))
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    return {key.decode(): value.decode() for key, value in start["headers"]} if start else {}


def ask_wsgi(witness: Witness, path: str = "/v1/models", headers: dict[str, str] | None = None) -> dict[str, Any]:
    server = Flask("test")

    @server.get("/v1/<what>")
    def models(what: str) -> Response:
        def stream() -> Iterable[bytes]:
            yield b"he"
            logging.getLogger("lib").warning("while streaming %s", what)
            yield b"llo"

        return Response(stream())

    server.wsgi_app = wsgi.Instrumented(server.wsgi_app, witness.exchanges.append)  # type: ignore[method-assign]
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": "3",
        **{f"HTTP_{key.upper().replace('-', '_')}": value for key, value in (headers or {}).items()},
    }
    answered: dict[str, str] = {}

    def start_response(_: str, pairs: list[tuple[str, str]], *__: Any) -> Any:
        answered.update({key.lower(): value for key, value in pairs})

    body: Any = server(environ, start_response)
    assert path == "/health" or b"".join(body)
    body.close()
    return answered


BOTH = pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])


@BOTH
def test_one_span_one_line_one_measurement(witness: Witness, ask: Any) -> None:
    ask(witness)
    span = witness.spans[0]
    exchange = witness.exchanges[0]
    assert len(witness.spans) == len(witness.exchanges) == 1
    assert span.kind is SpanKind.SERVER
    assert span.attributes is not None
    assert span.name == f"GET {exchange.route}"
    assert span.attributes["http.response.status_code"] == exchange.status == 200
    assert span.attributes["http.route"] == exchange.route
    assert (exchange.request_bytes, exchange.response_bytes) == (3, 5)
    line = witness.events[-1]
    assert line.template == "{Method} {Endpoint} answered {Status} in {Duration} ms"
    assert line.properties["TraceId"] == f"{span.get_span_context().trace_id:032x}"  # type: ignore[union-attr]
    assert line.properties["CorrelationId"] == exchange.correlation_id


@BOTH
def test_the_callers_trace_and_correlation_go_on(witness: Witness, ask: Any) -> None:
    answered = ask(witness, headers={"X-Correlation-ID": "order-42", "traceparent": TRACEPARENT})
    span = witness.spans[0]
    assert f"{span.get_span_context().trace_id:032x}" == TRACEPARENT[3:35]  # type: ignore[union-attr]
    assert answered["x-correlation-id"] == "order-42"
    assert span.attributes is not None
    assert span.attributes[correlation.ATTRIBUTE] == "order-42"


@BOTH
@pytest.mark.parametrize("hostile", ["a\r\nSet-Cookie: x=1", "<script>", "x" * 129, '"; drop', "ä", " ", "{0}"])
def test_a_hostile_correlation_id_is_replaced_and_noted(witness: Witness, ask: Any, hostile: str) -> None:
    answered = ask(witness, headers={"X-Correlation-ID": hostile})
    assert len(answered["x-correlation-id"]) == 32
    assert hostile not in answered["x-correlation-id"]
    assert any("replaced" in event.message for event in witness.events)
    assert all(hostile.strip() == "" or hostile not in event.message for event in witness.events)


@BOTH
def test_health_checks_leave_nothing(witness: Witness, ask: Any) -> None:
    ask(witness, path="/health")
    assert not witness.spans
    assert not witness.exchanges
    assert not witness.events


@BOTH
def test_nothing_of_a_request_stays_for_the_next(witness: Witness, ask: Any) -> None:
    ask(witness, headers={"X-Correlation-ID": "order-42"})
    assert correlation.current() == ""
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_failing_application_is_recorded_with_its_stack(witness: Witness) -> None:
    ask_asgi(witness, path="/boom")
    span = witness.spans[0]
    assert span.status.status_code is StatusCode.ERROR
    assert span.events[0].attributes is not None
    assert "ValueError" in str(span.events[0].attributes["exception.stacktrace"])
    assert witness.exchanges[0].status == 500
    assert witness.events[-1].level == "Error"
    assert witness.events[-1].failure is not None


def test_an_answer_that_breaks_off_after_a_good_start_is_a_failure(witness: Witness) -> None:
    ask_asgi(witness, path="/breaks-off")
    assert witness.exchanges[0].status == 200
    assert witness.spans[0].status.status_code is StatusCode.ERROR
    assert witness.events[-1].level == "Error"


def test_a_clients_mistake_is_a_warning_and_no_error(witness: Witness) -> None:
    ask_asgi(witness, path="/missing")
    assert witness.spans[0].status.status_code is StatusCode.UNSET
    assert witness.events[-1].level == "Warning"


def test_lines_written_while_an_answer_streams_carry_its_ids(witness: Witness) -> None:
    ask_wsgi(witness, headers={"X-Correlation-ID": "order-42"})
    streaming = next(event for event in witness.events if event.message.startswith("while streaming"))
    assert streaming.properties["CorrelationId"] == "order-42"
    assert "TraceId" in streaming.properties
