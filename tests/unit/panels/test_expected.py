"""The expected band: days of the last week, without the most unusual ones, and never from too few of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from panels import draw
from panels.expected import band
from panels.spec import DrawContext, Drawing, Frames, Lines, Panel, Query, Unit
from queries.core.time_range import Window
from tests.panel_samples import frame, series

WINDOW = Window(0, 240, 60)
PANEL = Panel(id="p", title="P", unit=Unit.COUNT, view=Lines(expected=True), queries=(Query("x", "open"),))


def days(*levels: float) -> tuple[Frames, ...]:
    """One frame with a constant value for each day."""
    return tuple((series(np.full(WINDOW.points, level), WINDOW),) for level in levels)


def drawn(present: float, *levels: float) -> Drawing:
    """A chart of a constant value with the band of such days."""
    values = series(np.full(WINDOW.points, present), WINDOW)
    return draw(PANEL, (values,), DrawContext(WINDOW, earlier_days=days(*levels)))


def shades(drawing: Drawing) -> list[dict[str, Any]]:
    """The traces of the band."""
    figure: Any = drawing.figure
    return [trace for trace in figure["data"] if trace.get("fill") == "toself"]


@pytest.mark.parametrize("levels", [(), (100,), (100, 110)])
def test_two_days_are_no_habit(levels: tuple[float, ...]) -> None:
    assert band(PANEL, days(*levels)) is None
    assert shades(drawn(400, *levels)) == []
    assert drawn(400, *levels).notes == ()


def test_the_band_spans_the_days_with_a_margin() -> None:
    expected = band(PANEL, days(100, 120, 110))
    assert expected is not None
    assert (expected.low[0], expected.high[0], expected.days) == (pytest.approx(90), pytest.approx(132), 3)


def test_of_a_whole_week_the_most_unusual_days_do_not_count() -> None:
    expected = band(PANEL, days(100, 900, 110, 105, 0, 102, 108))
    assert expected is not None
    assert (expected.low[0], expected.high[0]) == (pytest.approx(90), pytest.approx(121))


def test_an_instant_with_too_few_days_has_no_band() -> None:
    values = np.full(WINDOW.points, 100.0)
    gap = values.copy()
    gap[2] = np.nan
    frames = [(series(row, WINDOW),) for row in (values, gap, gap, values)]
    expected = band(PANEL, frames)
    assert expected is not None
    assert np.isnan(expected.low).tolist() == [False, False, True, False, False]
    panel = Panel(id="p", title="P", unit=Unit.COUNT, view=Lines(expected=True), queries=PANEL.queries)
    drawing = draw(panel, (series(values, WINDOW),), DrawContext(WINDOW, earlier_days=tuple(frames)))
    assert [len(trace["x"]) for trace in shades(drawing)] == [4, 4]


@pytest.mark.parametrize(("present", "word"), [(400, "above"), (20, "below"), (104, ""), (130, ""), (80, "")])
def test_a_jump_is_said(present: float, word: str) -> None:
    notes = drawn(present, 100, 110, 105).notes
    assert notes[0] == "Shaded: the same time on 3 earlier days"
    assert notes[1:] == ((f"Now far {word} what is usual at this time",) if word else ())


def test_the_band_of_a_stack_is_that_of_its_sum_and_stands_behind_it() -> None:
    rows = frame({(("name", "a"),): np.full(5, 10.0), (("name", "b"),): np.full(5, 20.0)}, WINDOW)
    panel = Panel(id="p", title="P", view=Lines(stacked=True, expected=True), queries=(Query("x", "{{name}}"),))
    figure: Any = draw(panel, (rows,), DrawContext(WINDOW, earlier_days=((rows,),) * 3)).figure
    assert figure["data"][0]["fill"] == "toself"
    assert figure["data"][0]["y"].max() == pytest.approx(33)
    assert figure["layout"]["yaxis"]["range"][1] > 33


def test_an_outage_leaves_the_band_on_the_axis() -> None:
    figure: Any = drawn(1, 100, 110, 105).figure
    assert figure["layout"]["yaxis"]["range"][1] > 110
