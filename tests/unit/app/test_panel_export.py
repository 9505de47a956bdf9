"""One panel's numbers as JSON and CSV: what it shows, in the unit that it says."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import orjson
import pytest

from app import panel_export
from app.panel_view import PanelState, PanelView
from pages import BOARDS
from panels import prices
from panels.spec import Drawing, Lines, Panel, Query, Timeline, Unit, ValueWord, View
from queries.core.errors import QueryRejected
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.request import Answer, Origin, Outcome, Request

WINDOW = Window(1_790_000_100, 1_790_000_400, 300)
TOKENS = Frame(
    WINDOW.times(), ({"provider": "openai", "model": "gpt-4o", "kind": "completion"},), np.array([[1e6, 1e6]])
)


def cost_view(*outcomes: Outcome) -> PanelView:
    """The cost of today, computed from these tokens."""
    panel = BOARDS["overview"].panel("cost-today")
    assert panel.derive is not None
    frames = panel.derive(
        tuple(outcome.frame for outcome in outcomes if isinstance(outcome, Answer)), WINDOW, prices.load(None)
    )
    return PanelView(panel, PanelState.FRESH, Drawing(), outcomes, frames=frames)


def answer() -> Answer:
    """Two steps of a million tokens each."""
    return Answer(Request("prometheus", "tokens", WINDOW), TOKENS, Origin.FRESH)


def test_json_has_the_dollars_that_its_unit_says() -> None:
    body = json.loads(orjson.dumps(panel_export.panel_json(cost_view(answer())), option=orjson.OPT_SERIALIZE_NUMPY))

    (result,) = body["queries"]
    assert body["unit"] == result["unit"] == "US dollars"
    assert result["expr"] == "tokens"
    assert result["series"][0]["values"] == pytest.approx([10, 20])


def test_json_has_the_legend_of_a_query_that_is_shown_as_it_is() -> None:
    panel = BOARDS["overview"].panel("latency")
    view = PanelView(panel, PanelState.FRESH, Drawing(), (answer(),) * 3, frames=(TOKENS,) * 3)

    assert panel_export.panel_json(view)["queries"][0]["legend"] == panel.queries[0].legend != ""
    assert panel_export.panel_json(cost_view(answer()))["queries"][0]["legend"] == ""


def test_csv_has_the_dollars_that_its_unit_says() -> None:
    rows = list(csv.DictReader(io.StringIO(panel_export.csv_text(cost_view(answer())))))

    assert [float(row["value"]) for row in rows] == pytest.approx([10, 20])
    assert {row["unit"] for row in rows} == {"US dollars"}


def test_a_query_without_an_answer_is_named_with_its_reason() -> None:
    body = panel_export.panel_json(cost_view(QueryRejected("Prometheus refused the query.")))

    assert [entry["error"] for entry in body["queries"] if "error" in entry] == ["Prometheus refused the query."]


def state_view(view: View, *labels: dict[str, str], unit: Unit = Unit.COUNT) -> PanelView:
    """Two instants of series with the values 1 and 0."""
    panel = Panel(id="p", title="P", view=view, queries=(Query("x", "{{host}}"),), unit=unit)
    frame = Frame(WINDOW.times(), labels, np.array([[1.0, 0.0] for _ in labels]))
    return PanelView(panel, PanelState.FRESH, Drawing(), (answer(),), frames=(frame,))


def test_json_of_a_timeline_has_the_words_that_it_shows() -> None:
    words = Timeline(values=(ValueWord("on", 1, 1), ValueWord("off", 0, 0)))

    body = panel_export.panel_json(state_view(words, {"host": "a"}))

    (row,) = body["states"]
    assert (row["name"], row["words"]) == ("a", ["on", "off"])
    assert list(row["times"]) == list(WINDOW.times())
    assert body["queries"][0]["series"][0]["values"].tolist() == [1.0, 0.0]


def test_json_of_states_from_a_label_has_its_values_as_words() -> None:
    body = panel_export.panel_json(state_view(Timeline(label="phase"), {"host": "a", "phase": "Running"}))

    assert [(row["name"], row["words"]) for row in body["states"]] == [("a", ["Running", None])]


def test_json_of_other_panels_has_no_words() -> None:
    assert "states" not in panel_export.panel_json(state_view(Lines(), {"host": "a"}))
    assert "states" not in panel_export.panel_json(state_view(Timeline(), {"host": "a"}))


def test_json_brings_the_rules_of_rare_units_alone() -> None:
    assert panel_export.panel_json(state_view(Lines(), {}, unit=Unit.WATTS))["units"] == {
        "watts": {"kind": "si", "suffix": "W"}
    }
    assert "units" not in panel_export.panel_json(state_view(Lines(), {}, unit=Unit.SECONDS))
