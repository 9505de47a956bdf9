"""Firings are shaded areas below the data of charts over time, and their names are the legend."""

from __future__ import annotations

import re
from typing import Any

from panels import draw, svg
from panels.figure import firing_areas
from panels.spec import DrawContext, Firing, LabelHeatmap, Lines, Status
from queries.core.time_range import Window
from tests.panel_samples import samples

AXES: dict[str, Any] = {"xaxis": {"type": "date", "range": [100_000, 200_000]}, "yaxis": {"range": [0, 1]}}
FIRINGS = (Firing(50.0, 120.0, "Rule <a>", Status.CRITICAL), Firing(150.0, 170.0, "B"), Firing(210.0, 220.0, "outside"))


def shapes(figure: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    return [
        (shape["name"], shape["x0"], shape["x1"], shape["fillcolor"])
        for shape in firing_areas(figure, FIRINGS)["layout"]["shapes"]
    ]


def test_areas_end_where_the_range_ends_and_have_the_colour_of_their_severity() -> None:
    assert shapes({"data": [], "layout": AXES}) == [
        ("Rule <a>", 100_000, 120_000, "var(--critical)"),
        ("B", 150_000, 170_000, "var(--warning)"),
    ]


def test_charts_without_a_time_axis_have_no_areas() -> None:
    bars = {"data": [], "layout": {"xaxis": {"range": [0, 1]}}}

    assert firing_areas(bars, FIRINGS) is bars


def test_an_area_tells_its_name_and_lies_below_the_data() -> None:
    trace = {
        "type": "scatter",
        "x0": 100_000,
        "dx": 50_000,
        "y": [0, 1, 0],
        "line": {"color": "var(--series-1)", "width": 1},
    }
    drawn = svg.render(firing_areas({"data": [trace], "layout": AXES}, FIRINGS), 400, 200)

    assert "<title>Rule &lt;a&gt;</title>" in drawn
    assert drawn.index('class="firing"') < drawn.index("var(--series-1)")


def test_over_a_heatmap_a_firing_is_a_frame_that_leaves_the_colours_of_the_cells_as_they_are() -> None:
    sample = next(sample for sample in samples() if isinstance(sample.panel.view, LabelHeatmap))
    window = sample.context.window
    firing = Firing(window.start + 60, window.end - 60, "Rule <a>", Status.CRITICAL)
    drawing = draw(sample.panel, sample.frames, DrawContext(window, firings=(firing,)))
    assert drawing.figure is not None
    drawn = svg.render(drawing.figure, 400, 200)

    *_, group = re.findall(r'<g class="firing">.*?</g>', drawn)
    assert "<title>Rule &lt;a&gt;</title>" in group
    assert 'stroke="var(--critical)"' in group
    assert 'fill="none"' in group
    assert drawn.index(group) > drawn.rindex('fill="var(--heat-')
    assert "Framed while it fired: Rule <a>" in drawing.notes


def test_the_legend_names_the_alerts_that_fired_in_the_range() -> None:
    sample = next(sample for sample in samples() if isinstance(sample.panel.view, Lines))
    window = sample.context.window
    firings = tuple(Firing(window.start + 60, window.end - 60, name) for name in ("A", "B", "A", "C", "D"))

    drawing = draw(sample.panel, sample.frames, DrawContext(window, firings=firings))

    assert "Shaded while it fired: A, B, C and 1 more" in drawing.notes
    assert draw(sample.panel, sample.frames, DrawContext(window)).notes == ()


def test_a_panel_without_a_figure_has_no_legend() -> None:
    panel = next(sample for sample in samples() if isinstance(sample.panel.view, Lines)).panel
    window = Window(0, 600, 60)

    assert "Shaded" not in " ".join(draw(panel, (), DrawContext(window, firings=(Firing(900.0, 960.0, "A"),))).notes)
