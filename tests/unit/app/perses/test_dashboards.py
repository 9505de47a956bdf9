"""Every board as a dashboard of Perses: its plugins by their published schemas, its layout, its links."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import fastjsonschema
import pytest

from app.grafana.boards import Export
from app.grafana.costs import Prices
from app.grafana.expressions import Deployment
from app.grafana.importing.boards import Result
from app.perses.dashboards import NESTED, NOT_REPEATED, OWN_GROUP, PersesDashboard, dashboard
from app.settings import Settings
from app.sources import named_resolution
from pages import BOARDS
from panels import prices
from panels.spec import Dashboard, Lines, Panel, Query, Row, Text
from tests.servers import ROOT

SCHEMAS = ROOT / "tests" / "data" / "perses"
# Without a published schema that can be had: the options by the types of their npm packages.
OPTIONS = {"BarChart": {"calculation", "format", "sort", "mode"}, "StatusHistoryChart": {"legend", "mappings"}}
PROFILES = ("codeagent", "litellm", "vllm")
EVERY = [(profile, board) for profile in PROFILES for board in BOARDS.values()]


def export(profile: str = "codeagent") -> Export:
    deployment = Deployment(named_resolution(Settings(profile=profile)))
    return Export(deployment, Prices(prices.load(None)), "codeagent", "https://dashboards.example")


def converted(board: Dashboard, profile: str = "codeagent") -> PersesDashboard:
    return dashboard(board, list(BOARDS.values()), export(profile), "codeagent")


def spec(of: PersesDashboard) -> Any:
    return of.document["spec"]


@cache
def validator(kind: str) -> Callable[[object], object]:
    schema = json.loads((SCHEMAS / f"{kind}.json").read_text("utf-8"))
    return fastjsonschema.compile(schema)  # type: ignore[no-any-return]


def plugins(of: PersesDashboard) -> Iterator[Mapping[str, Any]]:
    for variable in spec(of)["variables"]:
        yield variable["spec"]["plugin"]
    for panel in spec(of)["panels"].values():
        yield panel["spec"]["plugin"]
        for query in panel["spec"].get("queries", ()):
            yield query["spec"]["plugin"]


@pytest.mark.parametrize(("profile", "board"), EVERY, ids=lambda value: getattr(value, "id", value))
def test_every_plugin_is_valid_by_its_published_schema(profile: str, board: Dashboard) -> None:
    for plugin in plugins(converted(board, profile)):
        if plugin["kind"] in OPTIONS:
            assert set(plugin["spec"]) <= OPTIONS[plugin["kind"]]
        else:
            validator(plugin["kind"])(plugin)


def test_the_schemas_refuse_an_unknown_option() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validator("StatChart")({"kind": "StatChart", "spec": {"calculation": "last-number", "colour": "red"}})


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.id)
def test_panels_stand_side_by_side_on_the_grid_without_overlap(board: Dashboard) -> None:
    for layout in spec(converted(board))["layouts"]:
        items = layout["spec"]["items"]
        assert all(item["width"] >= 1 and item["x"] + item["width"] <= 24 for item in items)
        for left, right in combinations(items, 2):
            is_beside = left["x"] + left["width"] <= right["x"] or right["x"] + right["width"] <= left["x"]
            is_below = left["y"] + left["height"] <= right["y"] or right["y"] + right["height"] <= left["y"]
            assert is_beside or is_below, (left, right)


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.id)
def test_every_panel_is_placed_once(board: Dashboard) -> None:
    of = spec(converted(board))
    references = [
        item["content"]["$ref"].removeprefix("#/spec/panels/")
        for layout in of["layouts"]
        for item in layout["spec"]["items"]
    ]

    assert sorted(references) == sorted(of["panels"])


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.id)
def test_every_panel_has_an_outcome_with_a_reason_unless_it_is_the_same(board: Dashboard) -> None:
    outcomes = converted(board).outcomes

    offered = export().deployment.board(board).panels
    assert [outcome.title for outcome in outcomes] == [panel.title for panel in offered]
    assert all(bool(outcome.reasons) == (outcome.result is not Result.KEPT) for outcome in outcomes)


def test_sums_since_midnight_are_lost_with_the_reason() -> None:
    outcomes = {outcome.title: outcome for outcome in converted(BOARDS["providers"]).outcomes}

    assert outcomes["Cost today"].result is Result.LOST
    assert "time range of its own" in outcomes["Cost today"].reasons[0]
    assert "cost-today" not in json.dumps(spec(converted(BOARDS["providers"])))


def test_filters_are_variables_that_match_series_without_the_label() -> None:
    variables = {entry["spec"]["name"]: entry["spec"] for entry in spec(converted(BOARDS["providers"]))["variables"]}

    assert variables["provider"]["customAllValue"] == ".*"
    assert variables["provider"]["allowMultiple"] is True
    assert variables["provider"]["plugin"]["spec"]["labelName"] == "provider"


def test_links_lead_to_the_same_range_here_and_to_the_other_dashboards() -> None:
    first, *others = spec(converted(BOARDS["overview"]))["links"]

    assert first["url"] == "https://dashboards.example/overview?from=$__from&to=$__to"
    assert {other["url"] for other in others} == {
        f"/projects/codeagent/dashboards/codeagent-{name}" for name in BOARDS if name != "overview"
    }


def test_headings_divide_the_board_into_layouts() -> None:
    board = BOARDS["overview"]
    first, second = board.panels[:2]
    heading = Panel(id="more", title="More", view=Row(), span=12, rows=1)
    note = Panel(id="note", title="Note", view=Text("**Call** 555"), span=12, rows=1)
    of = spec(converted(replace(board, panels=(first, heading, second, note))))

    assert [layout["spec"].get("display", {}).get("title") for layout in of["layouts"]] == [None, "More"]
    assert of["layouts"][1]["spec"]["items"][0]["y"] == 0
    assert of["panels"]["note"]["spec"]["plugin"] == {"kind": "Markdown", "spec": {"text": "**Call** 555"}}


UP = Panel(
    id="up", title="Up of {{instance}}", view=Lines(), queries=(Query("up{$filter(instance)}"),), repeat="instance"
)
HOST = Panel(id="host", title="Host {{instance}}", view=Row(), span=12, rows=1, repeat="instance")


def with_panels(*panels: Panel) -> PersesDashboard:
    return converted(replace(BOARDS["websocket"], panels=panels, filters=("instance", "job")))


def test_a_repeated_row_is_a_group_that_perses_repeats() -> None:
    of = with_panels(HOST, replace(UP, repeat="", title="Up"))
    (layout,) = spec(of)["layouts"]

    assert layout["spec"]["repeatVariable"] == "instance"
    assert layout["spec"]["display"]["title"] == "Host ${instance}"
    assert [outcome.result for outcome in of.outcomes] == [Result.KEPT, Result.KEPT]


def test_a_repeated_panel_is_a_group_of_its_own_and_the_report_says_so() -> None:
    plain = replace(UP, id="all", title="All", repeat="")
    of = with_panels(plain, UP, replace(plain, id="rest"))
    groups = [layout["spec"] for layout in spec(of)["layouts"]]

    assert [group.get("repeatVariable") for group in groups] == [None, "instance", None]
    assert [len(group["items"]) for group in groups] == [1, 1, 1]
    assert spec(of)["panels"]["up"]["spec"]["display"]["name"] == "Up of ${instance}"
    assert of.outcomes[1].reasons == (OWN_GROUP,)


def test_what_perses_cannot_repeat_is_one_panel_with_the_reason() -> None:
    by_job = Panel(
        id="job", title="Jobs", view=Lines(), queries=(Query("up{$filter(job), $filter(instance)}"),), repeat="job"
    )
    of = with_panels(HOST, by_job, replace(HOST, id="zone", repeat="zone"))

    assert [outcome.reasons for outcome in of.outcomes] == [(), (NESTED,), (NOT_REPEATED,)]
    assert json.dumps(spec(of)).count("repeatVariable") == 1
