"""Instrumentation of the app's own requests with the `telemetry` package: traces, logs and correlation ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from flask import Flask
from prometheus_client import CollectorRegistry, Histogram

from telemetry.asgi import Exchange
from telemetry.configuration import Telemetry, configure
from telemetry.settings import Settings
from telemetry.wsgi import Instrumented, note_flask_routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SERVICE = "CodeAgent.Dashboards"
UNTRACED = frozenset({"/health/live", "/health/ready", "/metrics"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# By default the console shows problems, not one line for each refresh of each viewer.
DEFAULTS: Mapping[str, str] = {"TELEMETRY_CONSOLE": "true", "TELEMETRY_LOG_LEVELS": "CodeAgent.API=WARNING"}


def start() -> Telemetry:
    """Configure telemetry from OTEL_* and TELEMETRY_*. Raises ValueError with the name of the variable."""
    settings = Settings.load(defaults=DEFAULTS, service=SERVICE, version=version("codeagent-dashboards"))
    return configure(settings)


@dataclass(frozen=True)
class InstrumentedApp:
    """The instrumented WSGI application.

    `record_repeated` counts a response (route, status) that the server sent from its microcache; `close` stops
    background work.
    """

    app: WSGIApplication
    record_repeated: Callable[[str, int], None]
    close: Callable[[], None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        return self.app(environ, start_response)


def instrument(server: Flask, registry: CollectorRegistry, close: Callable[[], None] = lambda: None) -> InstrumentedApp:
    """Wrap the server: a span, a log line and a measurement for each request, except health checks and scrapes."""
    seconds = Histogram(
        "dashboards_http_request_seconds",
        "Duration of requests.",
        ["route", "status"],
        buckets=SECONDS,
        registry=registry,
    )

    note_flask_routes(server)

    def record(exchange: Exchange) -> None:
        seconds.labels(exchange.route, str(exchange.status)).observe(exchange.seconds)

    def record_repeated(route: str, status: int) -> None:
        seconds.labels(route, str(status)).observe(0.0)

    return InstrumentedApp(Instrumented(server, record, silent=UNTRACED), record_repeated, close)
