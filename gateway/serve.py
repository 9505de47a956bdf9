"""Runs the gateway, or its providers, under uvicorn."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway import application, parts, providers
from gateway.catalog import PROVIDERS
from gateway.settings import Settings
from gateway.switchboard import PATH
from telemetry import configuration as telemetry_configuration
from telemetry import settings as telemetry_settings
from telemetry.asgi import Exchange, Instrumented
from telemetry.exposition import scrape


class Patient(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, which also tells the application that a client stopped answering pings."""

    def keepalive_timeout(self) -> None:
        """Give the connection up."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1011, "reason": "keepalive ping timeout"})
        super().keepalive_timeout()


PROVIDERS_SERVICE = "CodeAgent.Providers"


def serve_gateway(settings: Settings) -> None:
    """Serve until told to stop."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    telemetry = telemetry_configuration.configure(
        telemetry_settings.Settings.load(
            log_folder=settings.data_dir / "logs", trace_folder=settings.data_dir / "traces"
        )
    )
    try:
        run(
            application.create_app(parts.build(settings, telemetry.metrics)),
            settings.host,
            settings.port,
            settings.socket_ping,
        )
    finally:
        telemetry.close()


def serve_providers(host: str, port: int, data_dir: Path, reliable: bool = False) -> None:
    """Serve the simulated providers until told to stop; only their spans are written.

    `reliable`: calls fail by faults that are on only, never by chance.
    """
    telemetry = telemetry_configuration.configure(
        telemetry_settings.Settings.load(
            service=PROVIDERS_SERVICE, trace_folder=data_dir / "traces", log_folder=None, logs=False
        )
    )
    app = providers.create_app(providers.House(reliable=reliable))
    app.routes.append(Route("/metrics", _metrics(telemetry)))
    silent = frozenset({"/metrics", "/health", PATH, *(f"/{p.name}/health" for p in PROVIDERS)})
    try:
        run(Instrumented(app, application.route_of, _nobody, silent), host, port)
    finally:
        telemetry.close()


def run(app: Any, host: str, port: int, ping: float = 20.0) -> None:
    """uvicorn as this sample uses it: fast parsers, small frames uncompressed, no access log of its own."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws=Patient,
        ws_per_message_deflate=False,
        ws_ping_interval=ping,
        ws_ping_timeout=ping,
        ws_max_size=1_000_000,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        limit_concurrency=4_000,
        server_header=False,
    )


def _metrics(telemetry: telemetry_configuration.Telemetry) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(request: Request) -> Response:
        body, kind = scrape(telemetry.metrics.reader, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": kind})

    return metrics


def _nobody(_: Exchange) -> None:
    """The providers count nothing about their requests: the gateway does."""
