"""Which view a panel becomes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.grafana import v1, v2
from app.grafana.importing.boards import Result, convert
from app.grafana.importing.reading import read
from pages import BOARDS
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cells,
    Column,
    Lines,
    Over,
    Panel,
    Pie,
    Query,
    Status,
    Table,
    Thresholds,
    Tile,
    Timeline,
    Unit,
    ValueWord,
    View,
)
from tests.unit.app.grafana.importing.import_kit import Json, imported, only, panel
from tests.unit.app.grafana.test_boards import converted


@pytest.mark.parametrize(
    ("content", "view"),
    [
        (panel("sum(up)", "stat"), Tile()),
        (panel("sum(up)", "gauge", fieldConfig={"defaults": {"min": 0, "max": 10}}), Tile(gauge=(0, 10))),
        (panel(plugin="bargauge"), Bars(top=20)),
        (panel(plugin="piechart"), Pie()),
        (panel("sum by (le) (rate(x_bucket[5m]))", "heatmap"), BucketHeatmap(Unit.COUNT)),
        (panel("sum by (job) (up)", "table"), Table(("job",), (Column("job", 0),), top=50)),
    ],
)
def test_each_kind_of_panel_becomes_the_view_for_it(content: Json, view: object) -> None:
    content["targets"][0]["legendFormat"] = "{{job}}" if content["type"] == "table" else ""

    assert only(content).view == view


def test_several_numbers_of_a_stat_are_cells() -> None:
    view = only(panel("up", "stat")).view

    assert isinstance(view, Cells)
    assert view.groups[0].unit is Unit.COUNT


def test_values_with_words_are_states() -> None:
    mappings = [
        {"type": "value", "options": {"0": {"text": "down", "color": "red"}, "1": {"text": "up", "color": "green"}}}
    ]
    view = only(panel(plugin="state-timeline", fieldConfig={"defaults": {"mappings": mappings}})).view

    assert view == Timeline(Thresholds(critical=0, rising=False), ((Status.GOOD, "up"), (Status.CRITICAL, "down")))
    assert view.thresholds.status(1) is Status.GOOD
    assert view.thresholds.status(0) is Status.CRITICAL


def test_words_without_a_scale_keep_their_values_and_colours() -> None:
    mappings = [
        {"type": "range", "options": {"from": 2, "to": None, "result": {"text": "failed", "color": "red"}}},
        {"type": "value", "options": {"0": {"text": "idle", "color": "blue"}, "1": {"text": "busy"}}},
    ]
    view = only(panel(plugin="state-timeline", fieldConfig={"defaults": {"mappings": mappings}})).view

    words = (ValueWord("idle", 0, 0), ValueWord("busy", 1, 1), ValueWord("failed", 2, None, Status.CRITICAL))
    assert view == Timeline(values=words)


def test_a_matrix_of_a_label_by_time_is_a_timeline_of_that_label() -> None:
    matrix = {"id": "groupingToMatrix", "options": {"columnField": "pod", "rowField": "Time", "valueField": "phase"}}
    result = imported(panel("kube_pod_status_phase > 0", "state-timeline", transformations=[matrix]))

    assert result.board is not None
    assert result.board.panels[0].view == Timeline(label="phase")
    assert result.outcomes[0].result is Result.KEPT


@pytest.mark.parametrize("schema", [v1, v2], ids=["v1", "v2"])
@pytest.mark.parametrize(
    "view",
    [
        Pie(),
        Timeline(values=(ValueWord("idle", 0, 0), ValueWord("failed", 2, None, Status.CRITICAL))),
        Timeline(label="phase"),
    ],
    ids=["pie", "words", "label"],
)
def test_rings_and_states_survive_the_way_to_grafana_without_their_definition(schema: Any, view: View) -> None:
    board = replace(
        BOARDS["websocket"], panels=(Panel(id="p", title="P", view=view, queries=(Query("up", "{{job}}"),)),)
    )
    document = schema.document(replace(converted(board), definition=""))

    result = convert(read(json.dumps(document).encode()))

    assert result.board is not None, result.outcomes
    assert result.board.panels[0].view == view


def test_a_mean_over_the_range_is_asked_for_as_such() -> None:
    content = panel("sum(up)", "stat", options={"reduceOptions": {"calcs": ["mean"]}})
    content["targets"][0]["legendFormat"] = ""
    query = only(content).queries[0]

    assert query.expr == "avg_over_time((sum(up))[$__range:$__rate_interval])"
    assert query.over is Over.INSTANT


def test_panels_of_before_grafana_7_are_read() -> None:
    graph = panel(plugin="graph", stack=True, yaxes=[{"format": "s", "logBase": 10}])
    number = panel(
        "sum(up)",
        "singlestat",
        format="percent",
        thresholds="80,90",
        colorValue=True,
        colors=["#299c46", "rgba(237, 129, 40, 0.89)", "#d44a3a"],
    )
    number["targets"][0]["legendFormat"] = ""
    board = imported(graph, number).board

    assert board is not None
    assert board.panels[0].view == Lines(stacked=True, log=True, top=20)
    assert board.panels[0].unit is Unit.SECONDS
    assert board.panels[1].view == Tile(Thresholds(80, 90))
