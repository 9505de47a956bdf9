"""The address through which faults are switched: `/-/faults`; the gateway lets only its own machine switch them."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.faults import Active, Switches

PATH = "/-/faults"
# Told of every change, so that a gateway can pass on what acts elsewhere: name, seconds (0 is off), parameters.
Forward = Callable[[str, float, Mapping[str, Any]], Awaitable[None]]


def switch_routes(switches: Switches, forward: Forward | None = None, anyone: bool = False) -> list[Route]:
    """GET lists the faults that are on; POST {name, seconds, …parameters} switches on; DELETE /-/faults/name off.

    Unless `anyone` may, only a client on the same machine switches; others are answered with 403.
    """

    async def listed(_: Request) -> Response:
        return JSONResponse([_json(switch) for switch in switches.all_active()])

    async def switched(request: Request) -> Response:
        if not (anyone or near(request)):
            return forbidden("Faults are switched from the gateway's own machine only.")
        try:
            changes = orjson.loads(await request.body())
            name, seconds = str(changes.pop("name")), float(changes.pop("seconds"))
            active = switches.switch_on(name, seconds, changes)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        if forward is not None:
            await forward(name, seconds, active.parameters)
        return JSONResponse(_json(active))

    async def ended(request: Request) -> Response:
        if not (anyone or near(request)):
            return forbidden("Faults are switched from the gateway's own machine only.")
        switches.switch_off(request.path_params["name"])
        if forward is not None:
            await forward(request.path_params["name"], 0, {})
        return Response(status_code=204)

    return [
        Route(PATH, listed, methods=["GET"]),
        Route(PATH, switched, methods=["POST"]),
        Route(PATH + "/{name}", ended, methods=["DELETE"]),
    ]


def near(request: Request) -> bool:
    """Whether the client is on this machine."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def forbidden(sentence: str) -> Response:
    """403 with a sentence."""
    return JSONResponse({"error": sentence}, 403)


def _json(active: Active) -> dict[str, Any]:
    return dataclasses.asdict(active)
