"""The data address of the exploring pages: what is refused, and for how long an answer is good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.assets import Assets
from app.bodies import Bodies
from app.explore import Explorer, blueprint
from explore import PAGES
from explore.page import Stores
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.traces.types import Scatter, TraceQuery
from tests.unit.explore.traces_kit import NOW, request, stores

Browse = Callable[[Stores], FlaskClient]


@pytest.fixture
def browse() -> Browse:
    def made(over: Stores) -> FlaskClient:
        app = Flask(__name__)
        explorer = Explorer(over, PAGES, Bodies(), cast(Assets, None), demo=False, clock=lambda: NOW)
        app.register_blueprint(blueprint(explorer))
        return app.test_client()

    return made


@pytest.fixture
def some(tmp_path: Path) -> Stores:
    return stores(tmp_path, request(1))


def test_an_unknown_page_is_not_found(browse: Browse, some: Stores) -> None:
    answer = browse(some).get("/api/explore/nowhere")
    assert answer.status_code == 404
    assert "traces" in answer.get_json()["error"]["hint"]


def test_a_refused_search_comes_with_its_form_so_that_it_can_be_mended(browse: Browse, some: Stores) -> None:
    answer = browse(some).get("/api/explore/traces?q=level:((")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["position"] == 6
    assert 'value="level:(("' in answer.get_json()["parts"]["form"]


def test_a_whole_answer_is_good_for_a_while(browse: Browse, some: Stores) -> None:
    assert _seconds(browse(some)) > 5


def test_an_answer_with_a_part_that_failed_is_asked_for_again_at_once(
    browse: Browse, some: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        raise SourceUnavailable("traces", "The traces did not answer in time.")

    late.__self__ = some.traces  # type: ignore[attr-defined]  # asked as a method of the store
    monkeypatch.setattr(some.traces, "scatter", late)
    assert _seconds(browse(some)) <= 1


def _seconds(client: FlaskClient) -> int:
    answer = client.get("/api/explore/traces?from=now-1h")
    assert answer.status_code == 200
    found: Any = answer.cache_control.max_age
    return int(found or 0)
