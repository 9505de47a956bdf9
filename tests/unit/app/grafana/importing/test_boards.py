"""Dashboards of Grafana become boards, and each panel that is different says why."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.grafana import definition, v1, v2
from app.grafana.importing.boards import Result, convert
from app.grafana.importing.reading import read
from app.grafana.importing.source import ImportRefused
from pages import BOARDS
from pages.files.board import read as read_board
from pages.files.board import write
from pages.files.checks import problems
from panels.spec import (
    Dashboard,
    Lines,
    Row,
    Text,
)
from tests.unit.app.grafana.importing.import_kit import Json, imported, panel
from tests.unit.app.grafana.test_boards import converted

DATA = Path(__file__).resolve().parents[4] / "data" / "grafana"
FILES = sorted(DATA.glob("*.json"))


@pytest.mark.parametrize("schema", [v1, v2], ids=["v1", "v2"])
@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_a_board_that_was_exported_comes_back_as_it_was(board: Dashboard, schema: Any) -> None:
    result = convert(read(json.dumps(schema.document(converted(board))).encode()))

    assert result.board == board
    assert {outcome.result for outcome in result.outcomes} == {Result.KEPT}


def test_a_panel_that_was_edited_in_grafana_comes_back_as_edited() -> None:
    document: Any = v1.document(converted(BOARDS["websocket"]))
    document["panels"][0]["targets"][0]["expr"] = "sum(edited)"

    board = convert(read(json.dumps(document).encode())).board

    assert board is not None
    assert board.panels[0].queries[0].expr == "sum(edited)"
    assert board.panels[1:] == BOARDS["websocket"].panels[1:]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_public_dashboards_keep_their_panels(path: Path) -> None:
    result = convert(read(path.read_bytes()))
    counts = Counter(outcome.result for outcome in result.outcomes if outcome.has_metrics)

    assert result.board is not None
    assert counts[Result.LOST] <= 0.05 * counts.total()
    assert read_board(write(result.board), path.name) == result.board
    assert all(bool(outcome.reasons) != (outcome.result is Result.KEPT) for outcome in result.outcomes)


def test_the_large_dashboard_has_all_its_panels() -> None:
    result = convert(read((DATA / "node-exporter-full.json").read_bytes()))

    assert len(result.outcomes) == 141
    assert sum(outcome.has_metrics for outcome in result.outcomes) == 125
    assert result.board is not None
    assert len(result.board.panels) == 142  # with its links
    assert result.board.filters == ("instance", "job")


def test_rows_and_text_are_panels_without_data() -> None:
    row = {"type": "row", "title": "Group", "collapsed": True, "panels": [panel()]}
    note = {"type": "text", "title": "Note", "options": {"mode": "markdown", "content": "# Hello"}}
    board = imported(row, note).board

    assert board is not None
    assert [type(item.view) for item in board.panels] == [Row, Lines, Text]
    assert board.panels[2].view == Text("# Hello")


def test_variables_with_one_value_are_filters_with_one_value_in_their_order() -> None:
    variables = [
        {"type": "query", "name": "job", "query": "label_values(up, job)"},
        {"type": "query", "name": "all", "query": "label_values(up, pod)", "includeAll": True},
        {"type": "query", "name": "node", "query": 'label_values(up{job="$job"}, instance)'},
        {"type": "query", "name": "unused", "query": "label_values(up, unused)"},
    ]
    board = imported(panel('up{instance="$node",pod=~"$all",job="$job"}'), variables=variables).board

    assert board is not None
    assert board.single == ("job", "instance")
    assert convert(read(json.dumps(v1.document(converted(board))).encode())).board == board


def test_lines_of_panels_are_full() -> None:
    narrow = {"gridPos": {"x": 0, "y": 0, "w": 5, "h": 8}}
    board = imported(*(panel() | narrow for _ in range(5))).board

    assert board is not None
    assert [item.span for item in board.panels] == [3, 3, 3, 3, 12]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (panel(plugin="grafana-worldmap-panel"), "The plugin “grafana-worldmap-panel” has no counterpart."),
        (panel("sum(rate(x["), "Query A: The query cannot be read: "),
        (panel("sum(rate(x[5m])) > $__from"), "Query A: $__from has no counterpart."),
        (panel("x{$unknown}"), "Query A: $unknown is not among the dashboard's variables."),
        (panel() | {"datasource": {"type": "loki"}}, "Query A: Its data source is loki."),
        (panel() | {"libraryPanel": {"uid": "a"}}, "It is a library panel"),
        ({"type": "dashlist", "title": "Others"}, "It lists things of Grafana and has no data."),
    ],
)
def test_a_panel_that_is_lost_says_why(content: Json, reason: str) -> None:
    result = imported(panel("sum(up)"), content)

    assert result.board is not None
    assert len(result.board.panels) == 1
    assert result.outcomes[1].result is Result.LOST
    assert result.outcomes[1].reasons[0].startswith(reason), result.outcomes[1].reasons


def test_the_definition_of_a_board_is_not_trusted() -> None:
    for name, value in (("id", "../../etc/x"), ("filters", ["from"]), ("filters", 1), ("question", 1)):
        board = replace(BOARDS["websocket"], panels=BOARDS["websocket"].panels[:1])
        content = json.loads(base64.urlsafe_b64decode(definition.write(board, {"0": board.panels[0]})))
        content["board"][name] = value
        text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        variable = {"type": "constant", "name": definition.VARIABLE, "query": text}
        try:
            result = imported(panel(), variables=[variable])
        except ImportRefused:
            continue
        assert result.board is not None
        assert list(problems(result.board)) == []


@pytest.mark.parametrize("text", ["", "x", "eA==", "e30=", "eyJib2FyZCI6IFtdLCAicGFuZWxzIjogW119"])
def test_a_definition_that_cannot_be_read_is_none(text: str) -> None:
    assert definition.read(text) == definition.Definition()


def test_an_id_hides_no_board_and_no_page() -> None:
    for title, board_id in (("Overview", "overview-2"), ("Traces", "traces-2"), ("日本", "imported")):
        board = imported(panel(), title=title).board
        assert board is not None
        assert board.id == board_id


def test_hostile_texts_stay_texts() -> None:
    hostile = '<script>alert(1)</script>"]\n[x]'
    content = panel(title=hostile, description=hostile, links=[{"url": "javascript:alert(1)"}])
    content["targets"][0]["legendFormat"] = hostile
    result = imported(content, title=hostile, links=[{"url": "javascript:alert(1)"}])

    assert result.board is not None
    assert read_board(write(result.board), "x.toml") == result.board
    assert "javascript" not in write(result.board)
