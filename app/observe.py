"""The app observes itself with the package it offers to others: traces, logs and correlation ids for its requests."""

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
SILENT = frozenset({"/health/live", "/health/ready", "/metrics"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# What an operator wants on the console without asking: trouble, and no line for each refresh of each viewer.
USUAL: Mapping[str, str] = {"TELEMETRY_CONSOLE": "true", "TELEMETRY_LOG_LEVELS": "CodeAgent.API=WARNING"}


def start() -> Telemetry:
    """Set telemetry up from OTEL_* and TELEMETRY_*; raises ValueError naming the variable."""
    settings = Settings.load(defaults=USUAL, service=SERVICE, version=version("codeagent-dashboards"))
    return configure(settings)


@dataclass(frozen=True)
class Observed:
    """The observed application.

    `note_repeated` counts an answer (route, status) that the server gave again itself; `close` ends what runs beside.
    """

    app: WSGIApplication
    note_repeated: Callable[[str, int], None]
    close: Callable[[], None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self.app(environ, start_response)


def observed(server: Flask, registry: CollectorRegistry, close: Callable[[], None] = lambda: None) -> Observed:
    """The server with a span, a log line and a measurement for every request but health checks and scrapes."""
    seconds = Histogram(
        "dashboards_http_request_seconds",
        "Time to answer a request.",
        ["route", "status"],
        buckets=SECONDS,
        registry=registry,
    )

    note_flask_routes(server)

    def answered(exchange: Exchange) -> None:
        seconds.labels(exchange.route, str(exchange.status)).observe(exchange.seconds)

    def repeated(route: str, status: int) -> None:
        seconds.labels(route, str(status)).observe(0.0)

    return Observed(Instrumented(server, answered, silent=SILENT), repeated, close)
