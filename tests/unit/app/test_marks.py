"""Marks: written with the token only, kept on disk, drawn in charts over time."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.mark_store import ChartMarks, MarkStore
from app.marks_api import MarksApi, blueprint
from panels import svg
from panels.figure import mark_lines
from panels.spec import Mark

NOW = 1_767_268_800.0
TOKEN = {"Authorization": "Bearer correct"}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    (tmp_path / "token").write_text("correct\n")
    app = Flask(__name__)
    app.register_blueprint(
        blueprint(MarksApi(MarkStore(tmp_path / "state" / "marks.db"), tmp_path / "token", lambda: NOW))
    )
    return app.test_client()


def test_a_mark_is_listed_in_its_range_and_in_no_other(client: FlaskClient) -> None:
    answer = client.post("/api/marks", json={"title": "gateway 2.4.1", "time": NOW - 60}, headers=TOKEN)

    assert answer.status_code == 201
    assert client.get("/api/marks?from=now-5m").json == {
        "marks": [{"instant": NOW - 60, "title": "gateway 2.4.1", "link": ""}]
    }
    assert client.get("/api/marks?from=now-3h&to=now-1h").json == {"marks": []}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic correct"}])
def test_nobody_writes_without_the_token(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/marks", json={"title": "x"}, headers=headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get("/api/marks").json == {"marks": []}


def test_without_a_token_file_nobody_writes(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint(MarksApi(MarkStore(tmp_path / "marks.db"), None, lambda: NOW)))

    assert app.test_client().post("/api/marks", json={"title": "x"}, headers=TOKEN).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": " "},
        {"title": "x" * 201},
        {"title": "x", "link": "javascript:alert(1)"},
        {"title": "x", "time": NOW + 1e6},
        {"title": "x", "more": 1},
    ],
)
def test_a_body_that_cannot_be_used_is_refused(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.post("/api/marks", json=body, headers=TOKEN).status_code == 400


def test_charts_go_on_without_marks_when_the_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "marks.db").write_text("this is no database" * 100)

    assert ChartMarks(MarkStore(tmp_path / "marks.db"))(0, NOW) == ()


def test_marks_are_lines_of_time_axes_only_and_within_the_range() -> None:
    marks = (Mark(100.0, "inside"), Mark(900.0, "outside"))
    chart = {"data": [], "layout": {"xaxis": {"type": "date", "range": [0, 200_000]}}}
    bars = {"data": [], "layout": {"xaxis": {"range": [0, 200_000]}}}

    assert [shape["name"] for shape in mark_lines(chart, marks)["layout"]["shapes"]] == ["inside"]
    assert mark_lines(bars, marks) is bars


def test_a_mark_is_a_line_with_its_title_in_the_picture() -> None:
    axes = {"xaxis": {"type": "date", "range": [0, 200_000]}, "yaxis": {"range": [0, 1]}}
    figure = mark_lines({"data": [], "layout": axes}, (Mark(100.0, "gateway <2.4>"),))

    assert "<title>gateway &lt;2.4&gt;</title>" in svg.render(figure, 400, 200)
