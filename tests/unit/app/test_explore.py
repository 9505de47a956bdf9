"""The data address of the exploring pages: what is refused, and for how long an answer is good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import assets, explore
from app.explore import Explorer, blueprint
from app.factory import create_app
from app.response_cache import ResponseCache, encode
from app.settings import Settings
from pages import NAVIGATION
from pages.exploring import PAGES
from pages.session import Stores
from queries.core.deadline import Deadline
from queries.core.errors import Busy, LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.query_cache import Uncached
from queries.stores.trace_store import TraceStore
from tests.unit.pages.traces_kit import NOW, request, stores

Browse = Callable[[Stores], FlaskClient]
AWAY = SourceUnavailable("traces", "Elasticsearch did not answer in time.", "Choose a shorter range.")
PATHS = [
    "/api/explore/traces?from=now-1h",
    f"/api/explore/trace?id={1:032x}",
    f"/api/explore/compare?a={1:032x}",
    "/api/explore/map?from=now-1h",
    "/api/explore/endpoint?endpoint=/v1/chat&from=now-1h",
    "/api/explore/traces?from=now-1h&diff=slow",
]


class Faulty:
    """A store whose methods fail on demand; it notes the deadline of every question."""

    def __init__(self, store: Any) -> None:
        self.store, self.error = store, AWAY
        self.failing: set[str] = set()
        self.deadlines: list[float] = []
        self.name = store.name

    def __getattr__(self, method: str) -> Any:
        def ask(*question: Any) -> Any:
            self.deadlines += [argument.expires_at for argument in question if isinstance(argument, Deadline)]
            if method in self.failing or "*" in self.failing:
                raise self.error
            return getattr(self.store, method)(*question)

        return ask


@pytest.fixture
def browse() -> Browse:
    def client(over: Stores) -> FlaskClient:
        app = Flask(__name__)
        explorer = Explorer(
            over, PAGES, ResponseCache(), assets.build(), demo=False, navigation=lambda: NAVIGATION, clock=lambda: NOW
        )
        app.register_blueprint(blueprint(explorer))
        return app.test_client()

    return client


@pytest.fixture
def some(tmp_path: Path) -> Stores:
    return stores(tmp_path, [*request(1), *request(2)])


@pytest.fixture
def faulty(some: Stores) -> Faulty:
    return Faulty(some.traces._store)  # type: ignore[union-attr]


@pytest.fixture
def client(browse: Browse, faulty: Faulty) -> FlaskClient:
    """A client of pages over the faulty store, which keep nothing for later questions."""
    over = Stores(Uncached(), None, CachedTraceStore(cast(TraceStore, faulty), Uncached()), 30.0)
    return browse(over)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies expire at once, so that the next question reaches the store."""
    monkeypatch.setattr(explore, "encode", lambda plain, seconds: encode(plain, seconds, clock=lambda: -1e9 + seconds))


def test_an_unknown_page_is_not_found(browse: Browse, some: Stores) -> None:
    answer = browse(some).get("/api/explore/nowhere")
    assert answer.status_code == 404
    assert "traces" in answer.get_json()["error"]["hint"]


def test_a_refused_search_comes_with_its_form_so_that_it_can_be_mended(browse: Browse, some: Stores) -> None:
    answer = browse(some).get("/api/explore/traces?q=level:((")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["position"] == 6
    assert 'value="level:(("' in answer.get_json()["parts"]["form"]


def test_a_refusal_is_made_once_for_all_who_wait_for_it_and_kept_by_nobody(browse: Browse, some: Stores) -> None:
    answer = browse(some).get("/api/explore/traces?q=level:((")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_all_questions_of_a_page_have_one_deadline(client: FlaskClient, faulty: Faulty, path: str) -> None:
    assert client.get(path).status_code == 200
    assert len(set(faulty.deadlines)) == 1


@pytest.mark.parametrize("path", [path for path in PATHS if "endpoint" not in path])
@pytest.mark.parametrize(
    "error", [AWAY, LimitExceeded("The answer is too large."), Busy("traces", "Overloaded."), QueryRejected("No.")]
)
def test_a_store_without_an_answer_shows_the_last_one_and_its_age(
    client: FlaskClient, faulty: Faulty, path: str, error: QueryError
) -> None:
    before = client.get(path).get_json()
    faulty.failing, faulty.error = {"*"}, error
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.get_json()["parts"] == before["parts"]
    assert answer.get_json()["title"] == before["title"]
    assert answer.get_json()["error"]["sentence"] == error.sentence
    assert answer.get_json()["error"]["as_of"] == NOW * 1_000

    faulty.failing = set()
    assert "error" not in client.get(path).get_json()


@pytest.mark.parametrize("path", [path for path in PATHS if "endpoint" not in path])
def test_a_store_that_never_answered_leaves_the_form_and_a_sentence(
    client: FlaskClient, faulty: Faulty, path: str
) -> None:
    faulty.failing = {"*"}
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.get_json()["error"]["sentence"] == AWAY.sentence
    assert "as_of" not in answer.get_json()["error"]
    assert set(answer.get_json()["parts"]) == ({"form"} if "traces" in path else set())


@pytest.mark.parametrize(("method", "part"), [("scatter", "scatter"), ("services", "facets")])
def test_a_part_without_an_answer_is_its_last_one_with_its_age(
    client: FlaskClient, faulty: Faulty, method: str, part: str
) -> None:
    before = client.get(PATHS[0]).get_json()["parts"]
    faulty.failing = {method}
    after = client.get(PATHS[0]).get_json()

    assert "error" not in after
    assert "These are the results of" in after["parts"][part]
    assert after["parts"][part].endswith(before[part])
    assert after["parts"]["list"] == before["list"]


def test_every_part_below_a_board_is_its_last_one_with_its_age(client: FlaskClient, faulty: Faulty) -> None:
    path = "/api/explore/endpoint?endpoint=/v1/chat&from=now-1h"
    before = client.get(path).get_json()["parts"]
    faulty.failing = {"*"}
    after = client.get(path).get_json()["parts"]

    for part in ("share", "slowest", "failing"):
        assert after[part].endswith(before[part])
        assert "These are the results of" in after[part]


def test_a_document_shows_the_last_answer_and_says_so_before_any_script(client: FlaskClient, faulty: Faulty) -> None:
    client.get("/traces?from=now-1h")
    faulty.failing = {"*"}
    page = client.get("/traces?from=now-1h").get_data(as_text=True)

    assert "POST /v1/chat" in page
    assert AWAY.sentence in page
    assert 'id="explore-error" class="explore-error" role="alert" data-error=' in page


def test_a_whole_answer_is_good_for_a_while(browse: Browse, some: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "encode", encode)
    assert _seconds(browse(some)) > 5


@pytest.mark.parametrize("failing", ["scatter", "*"])
def test_an_answer_that_is_not_whole_is_good_for_a_second(
    client: FlaskClient, faulty: Faulty, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/api/explore/traces?from=now-1h")
    monkeypatch.setattr(explore, "encode", encode)
    faulty.failing = {failing}
    assert _seconds(client) <= 1


def _seconds(client: FlaskClient) -> int:
    answer = client.get("/api/explore/traces?from=now-1h")
    assert answer.status_code == 200
    max_age: Any = answer.cache_control.max_age
    return int(max_age or 0)


@pytest.mark.parametrize(("header", "is_named"), [("X-Forwarded-User", True), ("", False)])
def test_a_page_states_whether_the_proxy_names_its_viewers(header: str, is_named: bool) -> None:
    settings = Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, user_header=header)

    text = create_app(settings).server.test_client().get("/alerts").text
    assert ('<html lang="en" data-named>' in text) is is_named
