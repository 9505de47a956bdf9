"""Application Insights: Azure's own exporters send what settings ask for to the address of the connection string."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.resources import Resource

from telemetry.events import shape
from telemetry.settings import Settings
from telemetry.traces import build

pytest.importorskip("azure.monitor.opentelemetry.exporter", reason="the azure extra is not installed")
KEY = "00000000-0000-0000-0000-000000000001"


class Ingestion(BaseHTTPRequestHandler):
    """Takes telemetry items as Azure's ingestion does."""

    items: list[dict[str, object]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.items.extend(sent)
        answer = json.dumps({"itemsReceived": len(sent), "itemsAccepted": len(sent), "errors": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ingestion(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[dict[str, object]]]]:
    monkeypatch.setenv("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "true")
    items: list[dict[str, object]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Ingestion,), {"items": items}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{server.server_port}/", items
    server.shutdown()


def test_spans_reach_application_insights(ingestion: tuple[str, list[dict[str, object]]]) -> None:
    connection, items = ingestion
    provider = build(Settings(azure_connection=connection, sampler_argument=1.0), Resource({"service.name": "x"}))
    with provider.get_tracer("t").start_as_current_span("ExecuteWorkflow"):
        pass
    provider.shutdown()
    assert "ExecuteWorkflow" in json.dumps(items)


def test_log_events_reach_application_insights_within_their_trace(
    ingestion: tuple[str, list[dict[str, object]]],
) -> None:
    from telemetry.azure_logs import AzureSink

    connection, items = ingestion
    sink = AzureSink(connection, Resource({"service.name": "x"}))
    ids = {"TraceId": "0af7651916cd43dd8448eb211c80319c", "SpanId": "b7ad6b7169203331", "CorrelationId": "c-1"}
    sink.write(shape(logging.LogRecord("gateway", logging.WARNING, "x.py", 1, "Slow", (), None), ids))
    sink.close()
    sent = json.dumps(items)
    assert ids["TraceId"] in sent
    assert "c-1" in sent
    assert "Slow" in sent
