"""The gateway's ASGI application: routes, errors, faults, metrics."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.api import Handler, handlers
from gateway.faults import BY_NAME
from gateway.llm import ProviderFailed
from gateway.log_levels import level_routes
from gateway.parts import Parts, running
from gateway.sockets import stream
from gateway.switchboard import PATH, switch_routes
from gateway.users import Refused
from telemetry.asgi import Instrumented, Scope
from telemetry.exposition import scrape
from telemetry.logs import get_logger
from telemetry.traces import TRACER

log = get_logger("CodeAgent.API")
SILENT = frozenset({"/health", "/metrics", PATH})


class InjectedFault(RuntimeError):
    """What the fault `errors` raises."""


def create_app(parts: Parts) -> Instrumented:
    """The whole application, instrumented."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with running(parts):
            yield

    async def streamed(socket: WebSocket) -> None:
        await stream(parts, socket)

    routes: list[Route | WebSocketRoute] = [
        Route(route, _with_faults(parts, route, handler), methods=[method])
        for (method, route), handler in handlers(parts).items()
    ]
    routes += [WebSocketRoute("/v1/stream", streamed), *_own_routes(parts)]
    app = Starlette(
        routes=routes, lifespan=lifespan, exception_handlers={Refused: _refused, ProviderFailed: _provider_failed}
    )
    return Instrumented(app, route_of, parts.measures.answered, SILENT)


def route_of(scope: Scope) -> str:
    """The template of the route that served a request."""
    route = scope.get("route")
    return str(route.path) if route is not None else "other"


def _own_routes(parts: Parts) -> list[Route]:
    async def metrics(request: Request) -> Response:
        body, kind = scrape(parts.measures.metrics.reader, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": kind})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def forward(name: str, seconds: float, parameters: Mapping[str, Any]) -> None:
        if BY_NAME[name].place == "providers":
            with contextlib.suppress(httpx.HTTPError):
                await _pass_on(parts.http, name, seconds, parameters)

    return [
        Route("/metrics", metrics),
        Route("/health", health),
        *switch_routes(parts.switches, forward),
        *level_routes(),
    ]


async def _pass_on(http: httpx.AsyncClient, name: str, seconds: float, parameters: Mapping[str, Any]) -> None:
    if seconds:
        await http.post(PATH, json={"name": name, "seconds": seconds, **parameters})
    else:
        await http.delete(f"{PATH}/{name}")


def _with_faults(parts: Parts, route: str, handler: Handler) -> Handler:
    async def served(request: Request) -> Response:
        errors = parts.switches.active("errors")
        if errors and errors["endpoint"] == route and parts.rng.random() < errors["share"]:
            _fall_over(route)
        return await handler(request)

    return served


def _fall_over(route: str) -> None:
    """Fail as a bug in the gateway's own code would: inside a span, with a line in the log."""
    with trace.get_tracer(TRACER).start_as_current_span("AssembleAnswer"):
        log.error("The answer of {Endpoint} could not be assembled: {Reason}", Endpoint=route, Reason="no choices")
        raise InjectedFault("The answer could not be assembled: list index 0 is out of range.")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse({"error": {"message": str(error)}}, error.status)


async def _provider_failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProviderFailed)
    return JSONResponse({"error": {"message": str(error)}}, error.status)
