"""The app observes its own requests."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.test import Client

from app.instrumentation import instrument


def _client(registry: CollectorRegistry) -> Client:
    server = Flask("test")
    server.add_url_rule("/api/boards/<board>", endpoint="board", view_func=lambda board: board)
    server.add_url_rule("/health/live", endpoint="live", view_func=lambda: "live")
    return Client(instrument(server, registry))


def test_a_request_is_measured_by_its_route_and_gets_a_correlation_id() -> None:
    registry = CollectorRegistry()
    answer = _client(registry).get("/api/boards/overview", headers={"X-Correlation-ID": "abc-123"}, buffered=True)

    labels = {"route": "/api/boards/<board>", "status": "200"}
    assert registry.get_sample_value("dashboards_http_request_seconds_count", labels) == 1
    assert answer.headers["X-Correlation-ID"] == "abc-123"


def test_health_checks_leave_no_measurement() -> None:
    registry = CollectorRegistry()
    _client(registry).get("/health/live", buffered=True)

    assert not [sample for family in registry.collect() for sample in family.samples if sample.name.endswith("_count")]
