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
from app.grafana.importing.boards import Imported, Result, convert
from app.grafana.importing.reading import read
from app.grafana.importing.source import ImportRefused
from pages import BOARDS
from pages.files.board import read as read_board
from pages.files.board import write
from pages.files.checks import problems
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cells,
    Column,
    Dashboard,
    DrawContext,
    Lines,
    Link,
    Over,
    Panel,
    Pie,
    Query,
    Row,
    Status,
    Table,
    Text,
    Thresholds,
    Tile,
    Timeline,
    Unit,
    ValueWord,
    View,
)
from panels.text import draw_text
from queries.core.time_range import Window
from tests.unit.app.grafana.test_boards import converted

DATA = Path(__file__).resolve().parents[4] / "data" / "grafana"
FILES = sorted(DATA.glob("*.json"))
Json = dict[str, Any]


def source(*panels: Json, variables: list[Json] | None = None, **more: Any) -> bytes:
    placed = [{"gridPos": {"x": 0, "y": 9 * number, "w": 12, "h": 9}, **panel} for number, panel in enumerate(panels)]
    content = {"title": "Mine", "schemaVersion": 39, "panels": placed, "templating": {"list": variables or []}, **more}
    return json.dumps(content).encode()


def panel(expr: str = "up", plugin: str = "timeseries", **more: Any) -> Json:
    targets = [{"refId": "A", "expr": expr, "legendFormat": "{{job}}"}]
    return {"title": "Up", "type": plugin, "datasource": {"type": "prometheus"}, "targets": targets, **more}


def imported(*panels: Json, **more: Any) -> Imported:
    return convert(read(source(*panels, **more)))


def only(*panels: Json, **more: Any) -> Any:
    """The first panel of the board, which is there."""
    result = imported(*panels, **more)
    assert result.board is not None, result.outcomes
    return result.board.panels[0]


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


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.com/${__field.labels.pod}?v=${__value.raw}", "https://e.com/{{pod}}?v={{__value}}"),
        ('https://e.com/${__data.fields["pod"]:percentencode}', "https://e.com/{{pod}}"),
        ("/logs?n=${__series.name}&f=${__from}&t=${__to}", "/logs?n={{__name}}&f={{__from}}&t={{__to}}"),
        ("https://e.com/?${__url_time_range}", "https://e.com/?from={{__from}}&to={{__to}}"),
        ("https://e.com/$node", "https://e.com/{{instance}}"),
        ("javascript:alert(${__value.text})", ""),
        ("https://${__field.labels.pod}/", ""),
        ("https://e.com/${__user.login}", ""),
    ],
)
def test_links_of_values_keep_what_is_filled_in(url: str, expected: str) -> None:
    node = {"name": "node", "type": "query", "query": "label_values(up, instance)"}
    defaults = {"links": [{"title": "Go to ${__field.labels.pod}", "url": url}]}
    content = panel('up{instance="$node"}', fieldConfig={"defaults": defaults})

    result = imported(content, variables=[node])

    assert result.board is not None
    assert [link.url for link in result.board.panels[0].links] == ([expected] if expected else [])
    assert bool(result.notes) is not bool(expected)


@pytest.mark.parametrize("schema", [v1, v2], ids=["v1", "v2"])
def test_links_of_values_go_to_grafana_and_come_back(schema: Any) -> None:
    links = (Link("Logs of {{pod}}", "https://e.com/{{pod}}?v={{__value}}&from={{__from}}"),)
    linked = Panel(id="p", title="Up", view=Lines(top=20), queries=(Query("up", "{{job}}"),), links=links)
    board = replace(BOARDS["websocket"], panels=(linked,), filters=())
    document = schema.document(replace(converted(board), definition=""))

    result = convert(read(json.dumps(document).encode()))

    assert result.board is not None
    assert result.board.panels[0].links == links


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


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(None, "green"), (80, "red")], Thresholds(critical=80)),
        (
            [(None, "rgba(50, 172, 45, 0.97)"), (85, "rgba(237, 129, 40, 0.89)"), (95, "rgba(245, 54, 54, 0.9)")],
            Thresholds(85, 95),
        ),
        ([(None, "dark-red"), (50, "#EAB839"), (90, "green")], Thresholds(89.999999, 49.999999, rising=False)),
        ([(None, "blue")], Thresholds()),
    ],
)
def test_colours_of_steps_say_what_is_bad(steps: list[tuple[float | None, str]], expected: Thresholds) -> None:
    content = {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}
    custom = {"thresholdsStyle": {"mode": "line"}}
    view = only(panel(fieldConfig={"defaults": {"thresholds": content, "custom": custom}})).view

    assert view.thresholds == expected


def test_a_mean_over_the_range_is_asked_for_as_such() -> None:
    content = panel("sum(up)", "stat", options={"reduceOptions": {"calcs": ["mean"]}})
    content["targets"][0]["legendFormat"] = ""
    query = only(content).queries[0]

    assert query.expr == "avg_over_time((sum(up))[$__range:$__rate_interval])"
    assert query.over is Over.INSTANT


def test_units_minimum_and_stacking_are_kept() -> None:
    defaults = {"unit": "bytes", "min": 0, "max": 100, "custom": {"stacking": {"mode": "normal"}}}
    converted_panel = only(panel(fieldConfig={"defaults": defaults}))

    assert converted_panel.unit is Unit.BYTES
    assert converted_panel.view == Lines(stacked=True, floor=0, ceiling=100, top=20)


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


def test_rows_and_text_are_panels_without_data() -> None:
    row = {"type": "row", "title": "Group", "collapsed": True, "panels": [panel()]}
    note = {"type": "text", "title": "Note", "options": {"mode": "markdown", "content": "# Hello"}}
    board = imported(row, note).board

    assert board is not None
    assert [type(item.view) for item in board.panels] == [Row, Lines, Text]
    assert board.panels[2].view == Text("# Hello")


def test_a_table_of_several_queries_joins_them_by_their_common_label() -> None:
    content = panel(plugin="table")
    content["targets"] = [
        {"refId": "A", "expr": "sum by (pod) (a)", "format": "table", "instant": True},
        {"refId": "B", "expr": "sum by (pod) (b)", "format": "table", "instant": True},
    ]
    renamed = {"Value #A": "Requests", "Value #B": "Memory"}
    content["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"renameByName": renamed}},
    ]
    content["fieldConfig"] = {
        "overrides": [
            {"matcher": {"id": "byName", "options": "Memory"}, "properties": [{"id": "unit", "value": "bytes"}]}
        ]
    }
    view = only(content).view

    assert view == Table(("pod",), (Column("Requests", 0), Column("Memory", 1, Unit.BYTES)), top=50)


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


def custom(name: str, *values: str, current: Any = "$__all") -> Json:
    options = [{"value": value} for value in ("$__all", *values)]
    return {"type": "custom", "name": name, "multi": True, "options": options, "current": {"value": current}}


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


def test_links_to_web_pages_and_imported_dashboards_are_kept_as_text() -> None:
    result = convert(
        read(
            source(
                panel("sum(up)", links=[{"title": "Wiki", "url": "https://wiki.example/a?b=c"}]),
                links=[{"title": "Other", "type": "link", "url": "/d/abc/other?orgId=1"}],
            )
        ),
        boards={"abc": "other"},
    )

    assert result.board is not None
    assert result.board.panels[-1].view == Text("- [Other](/other)\n- [Up: Wiki](https://wiki.example/a?b=c)")
    assert len(result.outcomes) == 1


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ({"url": "javascript:alert(1)"}, "addresses with “javascript:” are not followed."),
        ({"url": " JaVaScRiPt:alert(1)"}, "addresses with “javascript:” are not followed."),
        ({"url": "data:text/html,x"}, "addresses with “data:” are not followed."),
        ({"url": "//evil.example"}, "its address names another server without a protocol."),
        ({"url": "/\\\\evil.example"}, "its address names another server without a protocol."),
        ({"url": "https://a.example/) [x](javascript:alert(1)"}, "its address is not valid."),
        ({"url": "https://a.example/${__field.labels.x}"}, "its address has values that Grafana fills in."),
        ({"url": "/d/unknown/x"}, "its dashboard is not among those that are imported."),
        ({"url": "/explore"}, "its address leads into Grafana."),
        ({"type": "dashboards", "tags": ["a"]}, "it lists dashboards by their tags."),
    ],
)
def test_a_link_that_is_left_out_has_a_reason(link: Json, reason: str) -> None:
    result = imported(panel("sum(up)", links=[{"title": "x", **link}]))

    assert result.board is not None
    assert len(result.board.panels) == 1
    assert result.notes[-1] == f"The link “Up: x” is left out: {reason}"


def test_a_title_of_a_link_cannot_end_it() -> None:
    link = {"title": "a](javascript:alert(1)) [b", "url": "https://a.example"}
    board = imported(panel("sum(up)", links=[link])).board

    assert board is not None
    html = draw_text(board.panels[-1], (), DrawContext(Window(0, 60, 15))).html
    assert html.count("<a ") == 1
    assert 'href="https://a.example"' in html


def test_a_table_is_sorted_as_in_grafana_and_leaves_out_hidden_columns() -> None:
    content = panel(plugin="table")
    content["targets"] = [
        {"refId": ref, "expr": f"sum by (pod) ({ref.lower()})", "format": "table", "instant": True} for ref in "ABC"
    ]
    content["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Value #B": True}, "renameByName": {"Value #C": "Memory"}}},
        {"id": "sortBy", "options": {"sort": [{"field": "Value #C", "desc": True}]}},
    ]
    view = only(content).view

    assert view == Table(("pod",), (Column("Value #A", 0), Column("Memory", 2)), sort=1, top=50)
    content["options"] = {"sortBy": [{"displayName": "Value #A", "desc": False}]}
    ascending = only(content).view
    assert (ascending.sort, ascending.descending) == (0, False)
