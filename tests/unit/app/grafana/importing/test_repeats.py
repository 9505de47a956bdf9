"""Repeated panels and rows of Grafana: copies for values of the file, labels for those of the backend."""

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
    Lines,
    Panel,
    Query,
    Row,
)
from tests.unit.app.grafana.importing.import_kit import custom, imported, panel
from tests.unit.app.grafana.test_boards import converted


def test_what_is_repeated_by_values_of_the_backend_is_repeated_here_too() -> None:
    node = {"name": "node", "type": "query", "query": "label_values(up, instance)", "multi": True, "includeAll": True}
    row = {"type": "row", "title": "Host $node", "repeat": "node"}
    inside = panel('up{instance=~"$node"}', title="Up of $node")
    alone = panel('down{instance="$node"}', title="Down of $node", repeat="node")

    result = imported(alone, row, inside, variables=[node])

    assert result.board is not None
    assert [part.repeat for part in result.board.panels] == ["instance", "instance", ""]
    assert [part.title for part in result.board.panels] == [
        "Down of {{instance}}",
        "Host {{instance}}",
        "Up of {{instance}}",
    ]
    assert {outcome.result for outcome in result.outcomes} == {Result.KEPT}


@pytest.mark.parametrize("schema", [v1, v2], ids=["v1", "v2"])
def test_a_repeated_panel_is_repeated_in_grafana_and_comes_back(schema: Any) -> None:
    query = Query("up{$filter(instance)}", "{{job}}")
    repeated = Panel(id="p", title="Up of {{instance}}", view=Lines(top=20), queries=(query,), repeat="instance")
    board = replace(BOARDS["websocket"], panels=(repeated,), filters=("instance",))
    document = schema.document(replace(converted(board), definition=""))

    result = convert(read(json.dumps(document).encode()))

    assert result.board is not None
    assert (result.board.panels[0].repeat, result.board.panels[0].title) == ("instance", "Up of {{instance}}")


def test_a_repeated_panel_is_a_panel_for_each_value() -> None:
    repeated = panel('up{zone="$zone"}', title="Zone $zone", repeat="zone")
    result = imported(repeated, panel("sum(up)"), variables=[custom("zone", "a", 'b"')])

    assert result.board is not None
    assert [item.title for item in result.board.panels] == ["Zone a", 'Zone b"', "Up"]
    assert [item.queries[0].expr for item in result.board.panels[:2]] == ['up{zone="a"}', 'up{zone="b\\""}']
    assert {outcome.result for outcome in result.outcomes} == {Result.KEPT}


def test_a_repeated_row_has_its_panels_for_each_chosen_value() -> None:
    row = {"type": "row", "title": "Zone $zone", "repeat": "zone"}
    last = {"type": "row", "title": "Rest"}
    result = imported(
        row,
        panel('up{zone=~"$zone"}'),
        last,
        panel("sum(up)"),
        variables=[custom("zone", "a", "b", current=["b", "a"])],
    )

    assert result.board is not None
    titles = [item.title for item in result.board.panels if isinstance(item.view, Row)]
    assert titles == ["Zone b", "Zone a", "Rest"]
    assert [item.queries[0].expr for item in result.board.panels if item.queries] == [
        'up{zone=~"b"}',
        'up{zone=~"a"}',
        "sum(up)",
    ]


def test_repeats_are_bounded_and_stay_one_panel_where_no_query_filters_by_the_variable() -> None:
    many = custom("zone", *map(str, range(100)))
    unknown = {"type": "query", "name": "zone", "query": "label_values(zone)", "current": {"value": "$__all"}}
    content = panel('up{zone="$zone"}', repeat="zone")

    assert len(imported(content, variables=[many]).outcomes) == 12
    result = imported(panel("sum(up)", repeat="zone"), variables=[unknown])
    assert result.outcomes[0].result is Result.CHANGED
    assert result.outcomes[0].reasons[0].startswith("It is not repeated, but has all series")


def test_rows_of_schema_v2_are_repeated() -> None:
    element = {
        "kind": "Panel",
        "spec": {
            "title": "Up",
            "vizConfig": {"kind": "VizConfig", "group": "timeseries", "spec": {}},
            "data": {
                "spec": {
                    "queries": [
                        {"spec": {"refId": "A", "query": {"group": "prometheus", "spec": {"expr": 'up{zone="$zone"}'}}}}
                    ]
                }
            },
        },
    }
    grid = {"kind": "GridLayout", "spec": {"items": [{"spec": {"element": {"name": "p"}}}]}}
    row = {"spec": {"title": "Zone $zone", "repeat": {"mode": "variable", "value": "zone"}, "layout": grid}}
    variable = {"kind": "CustomVariable", "spec": custom("zone", "a", "b")}
    spec = {
        "title": "Mine",
        "elements": {"p": element},
        "layout": {"kind": "RowsLayout", "spec": {"rows": [row]}},
        "variables": [variable],
    }
    board = convert(read(json.dumps({"spec": spec}).encode())).board

    assert board is not None
    assert [item.title for item in board.panels] == ["Zone a", "Up", "Zone b", "Up"]
    assert [item.queries[0].expr for item in board.panels if item.queries] == ['up{zone="a"}', 'up{zone="b"}']
