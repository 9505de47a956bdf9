"""An address without a filter that always has one value is completed with the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.factory import App, create_app
from app.settings import Settings
from pages.files.board import write
from panels.spec import Dashboard, Lines, Panel, Query
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.engine import Engine
from queries.metrics.request import Request
from queries.metrics.source import Fetched
from tests.formula import Formula

QUERY = Query("missing{$filter(instance),$filter(job)} or foreign{$filter(job),$filter(instance)}")
BOARD = Dashboard(
    "mine",
    "Mine",
    "",
    (Panel(id="a", title="A", view=Lines(), queries=(QUERY,)),),
    ("job", "instance", "pod"),
    single=("job", "instance"),
)


class Backend(Formula):
    """Two jobs with instances of their own; it counts the questions for labels of the board."""

    questions: int = 0
    is_silent: bool = False

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        raise SourceUnavailable(self.name, "Only labels are asked for here.")

    def alerts(self, deadline: Deadline) -> tuple[()]:
        return ()

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        if '__name__=~"missing|foreign"' not in match:
            return ()
        self.questions += 1
        if self.is_silent:
            raise SourceUnavailable("prometheus", "away")
        return ("api", "web") if label == "job" else (("a/1",) if 'job="api"' in match else ("w:1", "w:2"))


@pytest.fixture
def backend() -> Backend:
    return Backend([1_700_000_000.0])


@pytest.fixture
def app(tmp_path: Path, backend: Backend) -> Iterator[App]:
    (tmp_path / "mine.toml").write_text(write(BOARD))
    settings = Settings(boards_dir=tmp_path, profile="codeagent", deadline_seconds=1.0)
    instance = create_app(settings, Engine({backend.name: backend}))
    yield instance
    instance.engine.close()


def redirected(app: App, address: str) -> dict[str, list[str]] | None:
    """The parameters of the address that is redirected to; None without a redirect."""
    answer = app.server.test_client().get(address)
    if answer.status_code != 302:
        assert answer.status_code == 200
        return None
    location = urlsplit(answer.headers["Location"])
    assert (location.netloc, location.path) == ("", "/mine")
    return parse_qs(location.query)


def test_the_first_values_are_chosen_one_after_the_other(app: App) -> None:
    assert redirected(app, "/mine?from=now-6h") == {"from": ["now-6h"], "job": ["api"], "instance": ["a/1"]}


def test_a_value_depends_on_those_that_are_chosen(app: App) -> None:
    assert redirected(app, "/mine?job=web") == {"job": ["web"], "instance": ["w:1"]}


def test_a_complete_address_is_left_alone(app: App, backend: Backend) -> None:
    assert redirected(app, "/mine?job=web&instance=w:2") is None
    assert redirected(app, "/overview") is None


def test_values_are_remembered_for_a_while(app: App, backend: Backend) -> None:
    redirected(app, "/mine")
    questions = backend.questions
    redirected(app, "/mine")

    assert backend.questions == questions


def test_without_an_answer_the_board_is_shown_with_all_values(app: App, backend: Backend) -> None:
    backend.is_silent = True

    assert redirected(app, "/mine") is None
