"""Limits: lines near the data, a note where they are far above, texts that stand beside the plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from panels import draw
from panels.limits import near, of_thresholds
from panels.spec import DrawContext, Lines, Panel, Query, Thresholds, Unit
from queries.core.time_range import Window
from tests.panel_samples import frame

WINDOW = Window(0, 240, 60)
USAGE = Thresholds(warning=80, critical=95)


def layout(view: Lines, *rows: float, unit: Unit = Unit.PERCENT, limit: float | None = None) -> dict[str, Any]:
    """The layout of constant lines, and of the series of a limit."""
    queries = [Query("x", f"row {number}") for number in range(len(rows))]
    frames = [frame({(): np.full(5, row)}, WINDOW) for row in rows]
    if limit is not None:
        queries.append(Query("y", "limit", colour="--critical", is_limit=True))
        frames.append(frame({(): np.full(5, limit)}, WINDOW))
    panel = Panel(id="p", title="P", unit=unit, view=view, queries=tuple(queries))
    figure = draw(panel, tuple(frames), DrawContext(WINDOW)).figure
    assert figure is not None
    result: Any = figure["layout"]
    return result


def texts(chart_layout: dict[str, Any]) -> list[str]:
    """The texts of the limits."""
    return [note["text"] for note in chart_layout.get("annotations", [])]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 30, [80]), (0, 26, []), (0, 40, [80, 95]), (0, 0, [80]), (85, 85, [95])],
)
def test_a_limit_is_near_while_the_data_take_a_third_of_the_axis(
    low: float, high: float, expected: list[float]
) -> None:
    assert near(of_thresholds(USAGE), low, high) == expected


def test_a_limit_far_above_the_data_is_a_note_and_does_not_stretch_the_axis() -> None:
    chart_layout = layout(Lines(thresholds=USAGE), 0.9, 1.0)
    assert chart_layout["yaxis"]["range"][1] < 1.2
    assert "shapes" not in chart_layout
    (note,) = chart_layout["annotations"]
    assert (note["text"], note["yref"], note["y"], note["yanchor"]) == ("limit 80 % ↑", "paper", 1, "bottom")
    assert note["font"]["color"] == "var(--warning)"
    assert chart_layout["margin"]["t"] >= note["font"]["size"] + 4


def test_a_ceiling_far_above_the_data_does_not_stretch_the_axis() -> None:
    assert layout(Lines(ceiling=100), 2.3)["yaxis"]["range"][1] == pytest.approx(2.3 * 1.5)
    assert layout(Lines(ceiling=100), 40)["yaxis"]["range"][1] == 102


def test_the_series_of_a_limit_far_above_the_others_is_a_note() -> None:
    gibibyte = 2.0**30
    chart_layout = layout(Lines(), 0.1 * gibibyte, unit=Unit.BYTES, limit=4 * gibibyte)
    assert chart_layout["yaxis"]["range"][1] < gibibyte
    assert texts(chart_layout) == ["limit 4 GiB ↑"]


def test_the_series_of_a_limit_near_the_others_is_a_dashed_line_on_the_axis() -> None:
    chart_layout = layout(Lines(), 8, unit=Unit.COUNT, limit=20)
    assert chart_layout["yaxis"]["range"][1] > 20
    assert texts(chart_layout) == []


def test_the_numbers_of_limits_stand_in_the_margin_beside_the_plot() -> None:
    chart_layout = layout(Lines(thresholds=USAGE), 60)
    assert texts(chart_layout) == ["80 %", "95 %"]
    assert {(note["x"], note["xanchor"]) for note in chart_layout["annotations"]} == {(1, "left")}
    assert chart_layout["margin"]["r"] >= 4 * 6.5 + 4


def test_the_numbers_of_close_limits_move_apart() -> None:
    chart_layout = layout(Lines(thresholds=Thresholds(80, 84)), 70, 10)
    assert [note["yanchor"] for note in chart_layout["annotations"]] == ["top", "bottom"]
    chart_layout = layout(Lines(thresholds=Thresholds(40, 80)), 70, 10)
    assert [note["yanchor"] for note in chart_layout["annotations"]] == ["middle", "middle"]


def test_on_a_logarithmic_axis_limits_are_placed_by_their_logarithm() -> None:
    chart_layout = layout(Lines(thresholds=Thresholds(10, 1_000), log=True), 1, 100, unit=Unit.COUNT)
    assert [(note["text"], note["y"]) for note in chart_layout["annotations"]] == [("10", 1.0), ("limit 1k ↑", 1)]
