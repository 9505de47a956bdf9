"""Log levels change while the gateway runs, at the wish of its own machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gateway.log_levels import PATH, level_routes

NAME = "CodeAgent.Test.Levels"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    logging.getLogger(NAME).setLevel(logging.NOTSET)


def asked(method: str, host: str = "127.0.0.1", **body: Any) -> httpx.Response:
    """The answer to somebody at `host`."""
    gateway = httpx.ASGITransport(Starlette(routes=[*level_routes()]), client=(host, 5_000))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            return await client.request(method, PATH, **body)

    return asyncio.run(ask())


def test_a_level_is_set_and_listed() -> None:
    assert asked("PUT", json={NAME: "debug"}).json()[NAME] == "debug"
    assert logging.getLogger(NAME).isEnabledFor(logging.DEBUG)
    asked("PUT", json={NAME: "error"})
    assert not logging.getLogger(NAME).isEnabledFor(logging.WARNING)
    assert asked("GET").json()[NAME] == "error"


def test_another_machine_may_look_but_not_change() -> None:
    assert asked("PUT", "192.0.2.7", json={NAME: "debug"}).status_code == 403
    assert NAME not in asked("GET", "192.0.2.7").json()


@pytest.mark.parametrize("body", ["no json", "[]", "{}", f'{{"{NAME}": "loud"}}', f'{{"{NAME}": 7}}'])
def test_a_wrong_wish_changes_nothing(body: str) -> None:
    answer = asked("PUT", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert NAME not in asked("GET").json()
