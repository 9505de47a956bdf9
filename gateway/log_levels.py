"""The address through which log levels change while the gateway runs: `/-/log-levels`, from its own machine only."""

from __future__ import annotations

import logging

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.switchboard import forbidden, near
from telemetry.logs import set_levels

PATH = "/-/log-levels"
ROOT = ""  # the name of the root logger in what is asked and answered


def level_routes(anyone: bool = False) -> list[Route]:
    """GET gives the levels that are set, by logger name; PUT {name: level, …} sets some, all of them or none."""

    async def listed(_: Request) -> Response:
        return JSONResponse(levels())

    async def changed(request: Request) -> Response:
        if not (anyone or near(request)):
            return forbidden("Log levels are changed from the gateway's own machine only.")
        try:
            set_levels(_requested(await request.body()))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(levels())

    return [Route(PATH, listed, methods=["GET"]), Route(PATH, changed, methods=["PUT"])]


def levels() -> dict[str, str]:
    """Levels that were set by name, the root's under an empty one."""
    by_logger = {ROOT: logging.getLevelName(logging.getLogger().level).lower()}
    for name, logger in sorted(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and logger.level != logging.NOTSET:
            by_logger[name] = logging.getLevelName(logger.level).lower()
    return by_logger


def _requested(body: bytes) -> dict[str, str]:
    """Names and levels; ValueError for what is no such object or no level."""
    levels_ = orjson.loads(body)
    if not isinstance(levels_, dict) or not levels_:
        raise ValueError('Write an object such as {"CodeAgent.API": "debug"}.')
    known = logging.getLevelNamesMapping()
    for name, level in levels_.items():
        if not isinstance(level, str) or level.upper() not in known:
            raise ValueError(
                f"“{level}” is not a level for “{name}”; write verbose, debug, info, warning, error or critical."
            )
    return levels_
