"""Links of dashboards, panels and values: what is kept, what is left out and why."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.grafana import definition, v1, v2
from app.grafana.importing.boards import convert
from app.grafana.importing.reading import read
from pages import BOARDS
from panels.spec import Column, DrawContext, Lines, Link, Over, Panel, Query, Table, Text
from panels.text import draw_text
from queries.core.time_range import Window
from tests.unit.app.grafana.importing.import_kit import Json, imported, only, panel, source
from tests.unit.app.grafana.test_boards import converted


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


@pytest.mark.parametrize("schema", [v1, v2], ids=["v1", "v2"])
def test_links_of_a_column_go_to_grafana_and_come_back(schema: Any) -> None:
    links = (Link("Errors of {{job}}", "https://e.com/{{job}}?v={{__value}}"),)
    view = Table(("job",), (Column("Up", 0), Column("Down", 1, links=links)))
    queries = (Query("sum by (job) (up)", over=Over.INSTANT), Query("sum by (job) (down)", over=Over.INSTANT))
    linked = Panel(id="p", title="Up", view=view, queries=queries)
    document = schema.document(converted(replace(BOARDS["websocket"], panels=(linked,), filters=())))
    without = json.loads(json.dumps(document).replace(definition.VARIABLE, "forgotten"))

    result = convert(read(json.dumps(without).encode()))

    assert result.board is not None
    table = result.board.panels[0]
    assert isinstance(table.view, Table)
    assert [column.links for column in table.view.columns] == [(), links]
    assert table.links == ()


def test_links_of_a_label_are_those_of_the_row_and_unsafe_ones_are_left_out() -> None:
    def of(column: str, url: str) -> Json:
        links = [{"title": "Go", "url": url}]
        return {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "links", "value": links}]}

    overrides = [of("job", "https://e.com/${__data.fields.job}"), of("Value", "javascript:alert(1)")]
    table = only(panel("sum by (job) (up)", "table", fieldConfig={"defaults": {}, "overrides": overrides}))

    assert [link.url for link in table.links] == ["https://e.com/{{job}}"]
    assert [column.links for column in table.view.columns] == [()]


@pytest.mark.parametrize("plugin", ["stat", "bargauge", "piechart", "state-timeline", "heatmap"])
def test_every_kind_of_panel_keeps_the_links_of_its_values(plugin: str) -> None:
    defaults = {"links": [{"title": "Go", "url": "https://e.com/${__field.labels.job}"}]}
    result = imported(panel("sum by (job) (up)", plugin, fieldConfig={"defaults": defaults}))

    assert result.board is not None
    assert [link.url for link in result.board.panels[0].links] == ["https://e.com/{{job}}"]
    assert not any("not drawn" in reason for reason in result.outcomes[0].reasons)
