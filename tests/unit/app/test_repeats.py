"""Repeated panels and rows: one for each value that the backend has, as the filter chooses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

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
    boards, playlists = tmp_path / "boards", tmp_path / "walls.toml"
    boards.mkdir()
    (boards / "mine.toml").write_text(write(BOARD))
    playlists.write_text('[lobby]\nboards = ["mine"]\n')
    settings = Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=0.2, boards_dir=boards)
    instance = create_app(settings.model_copy(update={"walls_file": playlists}))
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
    assert [panel.title for panel in unrepeated(BOARD, {"host": ["a", "b"]}).panels] == ["CPU of a, b"]


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


def panel_id(app: App, value: str) -> str:
    """The id of the copy for a value."""
    return Repeats(app.boards).expanded(BOARD, State(filters={"host": (value,)})).panels[0].id


@pytest.mark.parametrize("path", ["/embed/mine", "/kiosk", "/kiosk/lobby"])
def test_frames_and_walls_have_a_panel_for_each_value(app: App, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    repeats(app, monkeypatch, "a", "b")
    query = {"/kiosk": "?boards=mine", "/kiosk/lobby": "?boards=mine&every=30s&at=0"}.get(path, "")
    client = app.server.test_client()

    page = client.get(path + query).get_data(as_text=True)
    data = {"/embed/mine": "/embed/mine.json?from=now-1h", "/kiosk/lobby": "/kiosk/lobby/mine.json?from=now-1h&w=m"}
    answer = client.get(data.get(path, "/api/boards/mine/refresh?from=now-1h&w=m")).get_json()

    ids = [panel["id"] for panel in answer["panels"]]
    assert len(ids) == 2
    assert [name for name in ids if f'id="panel-{name}"' in page] == ids
    assert "CPU of a" in page
    assert "CPU of b" in page


def test_a_slide_with_a_filter_has_the_panels_of_its_values(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    repeats(app, monkeypatch, "a", "b")
    page = app.server.test_client().get("/kiosk?boards=mine%3Fhost%3Db").get_data(as_text=True)

    assert "CPU of b" in page
    assert "CPU of a" not in page


def test_a_copy_has_a_frame_and_a_picture_of_its_own(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    repeats(app, monkeypatch, "a", "b")
    client, copy = app.server.test_client(), panel_id(app, "b")

    frame = client.get(f"/embed/mine/{copy}").get_data(as_text=True)
    data = client.get(f"/embed/mine/{copy}.json?from=now-1h").get_json()
    picture = client.get(f"/render/mine/{copy}.svg")

    assert "CPU of b" in frame
    assert [panel["id"] for panel in data["panels"]] == [copy]
    assert "CPU of b" in picture.get_data(as_text=True)
    assert client.get("/render/mine/cpu-nowhere.svg").status_code == 404


def test_the_id_of_the_repeated_panel_is_the_one_with_all_values(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    repeats(app, monkeypatch, "a", "b")
    client = app.server.test_client()

    assert "CPU of all" in client.get("/embed/mine/cpu").get_data(as_text=True)
    assert "CPU of all" in client.get("/render/mine/cpu.svg").get_data(as_text=True)
    assert "CPU of a, b" in client.get("/render/mine/cpu.svg?host=a&host=b").get_data(as_text=True)


def test_a_pdf_has_a_panel_for_each_value(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    repeats(app, monkeypatch, "a", "b")
    body = app.server.test_client().get("/render/mine.pdf").get_data()
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)

    assert "CPU of a" in text
    assert "CPU of b" in text


def test_who_may_not_see_a_frame_does_not_ask_the_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(write(BOARD))
    settings = Settings(prometheus_url="http://127.0.0.1:9", boards_dir=tmp_path, user_header="X-User")
    app = create_app(settings)
    source: Any = app.engine.sources[app.boards.source]
    monkeypatch.setattr(source, "label_values", lambda *_: pytest.fail("the backend was asked"))
    client = app.server.test_client()

    paths = ["/embed/mine", "/embed/mine.json", "/embed/mine/cpu-a", "/render/mine.pdf", "/render/mine/cpu-a.png"]
    assert [client.get(path).status_code for path in paths] == [403] * len(paths)
    app.engine.close()


def test_a_signed_link_to_a_copy_shows_that_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boards, key = tmp_path / "boards", tmp_path / "key"
    boards.mkdir()
    (boards / "mine.toml").write_text(write(BOARD))
    key.write_text("a key of more than sixteen characters")
    settings = Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=0.2, boards_dir=boards)
    app = create_app(settings.model_copy(update={"link_key_file": key, "user_header": "X-User"}))
    repeats(app, monkeypatch, *(f"host {number:02}" for number in range(20)))
    client, copy = app.server.test_client(), panel_id(app, "host 19")

    body = {"board": "mine", "panel": copy, "filters": {"host": ["host 19"]}, "days": 7}
    link = client.post("/api/links", json=body, headers={"X-User": "ann"}).get_json()

    assert "CPU of host 19" in client.get(link["embed"]).get_data(as_text=True)
    assert client.get(link["picture"]).status_code == 200
    assert client.get(link["picture"].replace("19", "18")).status_code == 403
    app.engine.close()
