"""Repeated panels and rows: one for each value that the backend has, as the filter chooses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.factory import App, create_app
from app.plan import plan
from app.repeats import MOST_COPIES, Repeats, unrepeated
from app.settings import Settings
from app.state import State
from pages.files.board import write
from panels.spec import Dashboard, Lines, Panel, Query, Row
from queries.core.errors import SourceUnavailable

PANEL = Panel(
    id="cpu",
    title="CPU of {{host}}",
    view=Lines(),
    queries=(Query("rate(cpu{$filter(host)}[1m])"),),
    span=12,
    repeat="host",
)
BOARD = Dashboard("mine", "Mine", "", (PANEL,), filters=("host",))
OF_A_ROW = replace(
    BOARD,
    panels=(
        Panel(id="host", title="Host {{host}}", view=Row(), span=12, rows=1, repeat="host"),
        replace(PANEL, repeat="", title="CPU"),
    ),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "mine.toml").write_text(write(BOARD))
    instance = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=0.2, boards_dir=tmp_path))
    yield instance
    instance.engine.close()


def repeats(app: App, monkeypatch: pytest.MonkeyPatch, *values: str) -> Repeats:
    """With a backend that has these values of every label."""
    source: Any = app.engine.sources[app.boards.source]
    monkeypatch.setattr(source, "label_values", lambda *_: values)
    return Repeats(app.boards)


def test_a_panel_is_repeated_by_the_values_of_the_backend(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    expanded = repeats(app, monkeypatch, "a", "b <c>").expanded(BOARD, State())

    assert [panel.title for panel in expanded.panels] == ["CPU of a", "CPU of b <c>"]
    assert [panel.fixed for panel in expanded.panels] == [(("host", "a"),), (("host", "b <c>"),)]
    assert len({panel.id for panel in expanded.panels}) == 2


def test_each_copy_asks_for_its_own_value_whatever_is_chosen(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(filters={"host": ("a", "b")})
    expanded = repeats(app, monkeypatch).expanded(BOARD, state)
    scope = app.boards.scope(state)

    exprs = [plan(panel, scope).main[0].expr for panel in expanded.panels]

    assert exprs == ['rate(cpu{host="a"}[1m])', 'rate(cpu{host="b"}[1m])']


def test_a_row_is_repeated_with_its_panels(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    expanded = repeats(app, monkeypatch, "a", "b").expanded(OF_A_ROW, State())

    assert [panel.title for panel in expanded.panels] == ["Host a", "CPU", "Host b", "CPU"]
    assert len({panel.id for panel in expanded.panels}) == 4


def test_many_values_are_cut_and_counted(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"host {number:02}" for number in range(20)]
    expanded = repeats(app, monkeypatch, *values).expanded(BOARD, State())

    assert len(expanded.panels) == MOST_COPIES + 1
    assert expanded.panels[-1].title == "And 8 more: choose them in the filter “host”"


def test_the_values_are_remembered_while_the_backend_does_not_answer(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    known = repeats(app, monkeypatch, "a")
    known.expanded(BOARD, State())

    def refuse(*_: object) -> None:
        raise SourceUnavailable("prometheus", "away")

    monkeypatch.setattr(app.engine.metadata[app.boards.source].__class__, "label_values", refuse)

    assert [panel.title for panel in known.expanded(BOARD, State()).panels] == ["CPU of a"]


def test_without_known_values_there_is_one_panel(app: App) -> None:
    assert [panel.title for panel in Repeats(app.boards).expanded(BOARD, State()).panels] == ["CPU of all"]
    assert [panel.title for panel in unrepeated(OF_A_ROW).panels] == ["Host all", "CPU"]


def test_the_page_and_its_data_have_the_same_panels(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    repeats(app, monkeypatch, "a", "b")
    client = app.server.test_client()

    page = client.get("/mine?host=b").get_data(as_text=True)
    answer = client.get("/api/boards/mine/refresh?host=b&from=now-1h&to=now").get_json()
    gone = client.get(f"/api/boards/mine/refresh?host=a&panels={answer['panels'][0]['id']}")

    (panel,) = answer["panels"]
    assert f'id="panel-{panel["id"]}"' in page
    assert "CPU of b" in page
    assert "CPU of a" not in page
    assert (gone.status_code, gone.get_json()["panels"]) == (200, [])
