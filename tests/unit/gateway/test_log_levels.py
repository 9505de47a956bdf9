"""Log levels change while the gateway runs, at the wish of its own machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from gateway.log_levels import PATH, level_routes
from tests.asgi_kit import Caller

NAME = "CodeAgent.Test.Levels"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    logging.getLogger(NAME).setLevel(logging.NOTSET)


def client(host: str = "127.0.0.1") -> Caller:
    return Caller(Starlette(routes=[*level_routes()]), host)


def test_a_level_is_set_and_listed() -> None:
    assert client().put(PATH, json={NAME: "debug"}).json()[NAME] == "debug"
    assert logging.getLogger(NAME).isEnabledFor(logging.DEBUG)
    client().put(PATH, json={NAME: "error"})
    assert not logging.getLogger(NAME).isEnabledFor(logging.WARNING)
    assert client().get(PATH).json()[NAME] == "error"


def test_another_machine_may_look_but_not_change() -> None:
    assert client("192.0.2.7").put(PATH, json={NAME: "debug"}).status_code == 403
    assert NAME not in client("192.0.2.7").get(PATH).json()


@pytest.mark.parametrize("body", ["no json", "[]", "{}", f'{{"{NAME}": "loud"}}', f'{{"{NAME}": 7}}'])
def test_a_wrong_wish_changes_nothing(body: str) -> None:
    answer = client().put(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert NAME not in client().get(PATH).json()
