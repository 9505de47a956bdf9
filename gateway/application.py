"""The gateway's ASGI application: routes, errors, faults, metrics."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from opentelemetry import trace
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.api import Handler, handlers
from gateway.deployments import bad_deploy
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
SLOWER = 4.0  # a bad version adds this many times its share of failures to every duration
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
    answers = {Refused: _refused, ProviderFailed: _provider_failed, PoolTimeout: _no_connection}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=answers)
    return Instrumented(app, route_of, parts.measures.answered, SILENT)


def route_of(scope: Scope) -> str:
    """The template of the route that served a request."""
    route = scope.get("route")
    return str(route.path) if route is not None else "other"


def _own_routes(parts: Parts) -> list[Route]:
    async def metrics(request: Request) -> Response:
        gone = parts.switches.active("target-gone")
        if gone and parts.settings.is_meant(gone["instance"]):
            return Response(status_code=503)
        body, kind = scrape(parts.measures.metrics.reader, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": kind})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def forward(name: str, seconds: float, parameters: Mapping[str, Any]) -> None:
        # The address of the providers is that of the client; the load asks this instance.
        addresses = {"providers": ("",), "gateway": parts.settings.peers, "load": ()}[BY_NAME[name].process]
        for address in addresses:
            with contextlib.suppress(httpx.HTTPError):
                await _pass_on(parts.http, address + PATH, name, seconds, parameters)

    return [
        Route("/metrics", metrics),
        Route("/health", health),
        *switch_routes(parts.switches, forward),
        *level_routes(),
    ]


async def _pass_on(http: httpx.AsyncClient, url: str, name: str, seconds: float, parameters: Mapping[str, Any]) -> None:
    if seconds:
        await http.post(url, json={"name": name, "seconds": seconds, **parameters})
    else:
        await http.delete(f"{url}/{name}")


def _with_faults(parts: Parts, route: str, handler: Handler) -> Handler:
    async def served(request: Request) -> Response:
        slow, errors = parts.switches.active("slow-endpoint"), parts.switches.active("errors")
        if slow and slow["endpoint"] == route:
            await asyncio.sleep(slow["milliseconds"] / 1000)
        if errors and errors["endpoint"] == route and parts.rng.random() < errors["share"]:
            _fall_over(route)
        deployed = bad_deploy(parts.switches, parts.settings)
        if not deployed:
            return await handler(request)
        if parts.rng.random() < deployed["share"]:
            _fall_over(route)
        started = time.perf_counter()
        answer = await handler(request)
        await asyncio.sleep(SLOWER * deployed["share"] * (time.perf_counter() - started))
        return answer

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


async def _no_connection(_: Request, error: Exception) -> Response:
    log.error("No database connection became free: {Reason}", Reason=str(error).partition(" (")[0])
    return JSONResponse({"error": {"message": "The database has no free connection."}}, 503)
