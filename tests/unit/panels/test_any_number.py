"""Whatever number a series holds, every panel is drawn, and no other number disappears with it."""

from __future__ import annotations

import math

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import BOARDS
from panels import draw, prices, units
from panels.sparkline import sparkline
from panels.spec import DrawContext, Panel, Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame

WINDOW = Window(0, 90, 30)
SPECIAL = st.sampled_from([math.inf, -math.inf, math.nan, -0.0, 0.0, 1e-12, 1e15])
NUMBERS = st.one_of(SPECIAL, st.floats(-1e15, 1e15, allow_subnormal=False))
ROW = st.lists(NUMBERS, min_size=WINDOW.points, max_size=WINDOW.points)
# One panel of each kind: a further one of the same kind is drawn by the same code.
BY_KIND = {(type(panel.view), panel.derive): panel for board in BOARDS.values() for panel in board.panels}
PANELS = [pytest.param(panel, id=panel.id) for panel in BY_KIND.values()]
LABELS = {"provider": "p", "model": "gpt-4o", "kind": "prompt", "endpoint": "/a", "le": "5", "name": "n"}


def drawn(panel: Panel, rows: list[list[float]]) -> str:
    """The panel from as many series as there are rows, the same for each of its queries; all of it as one text."""
    labels = tuple({**LABELS, "le": str(number + 1), "status": f"{number + 2}00"} for number in range(len(rows)))
    frames = tuple(Frame(WINDOW.times(), labels, np.array(rows)) for _ in panel.queries)
    frames = panel.derive(frames, WINDOW, prices.load(None)) if panel.derive else frames
    drawing = draw(panel, frames, DrawContext(WINDOW, day_before=frames, now=frames))
    figure = orjson.dumps(drawing.figure, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return figure + drawing.html + drawing.legend + drawing.alt


@pytest.mark.parametrize("panel", PANELS)
@settings(deadline=None, max_examples=10)
@given(rows=st.lists(ROW, min_size=1, max_size=3))
def test_every_panel_is_drawn_from_any_numbers(panel: Panel, rows: list[list[float]]) -> None:
    with np.errstate(all="ignore"):
        text = drawn(panel, rows)
    assert ">nan" not in text
    assert "nan," not in text


@pytest.mark.parametrize("unit", Unit)
@given(value=NUMBERS, before=NUMBERS)
def test_every_number_can_be_written_and_compared_in_every_unit(unit: Unit, value: float, before: float) -> None:
    for text in (units.write(value, unit), units.bare(value, unit), units.change(value, before, unit) or ""):
        assert "nan" not in text
        assert not text.startswith("-0 ")


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_one_infinite_sample_leaves_the_course_of_the_others(place: int, value: float) -> None:
    row = [1.0, 2.0, 3.0, 4.0]
    row[place] = value
    svg = str(sparkline(np.array(row)))
    assert svg.startswith("<svg")
    assert "nan" not in svg
    assert "inf" not in svg


def test_a_tile_whose_newest_sample_is_infinite_says_so_and_keeps_its_course() -> None:
    drawing_html = drawn(BOARDS["endpoint"].panel("rate"), [[1.0, 2.0, 3.0, math.inf]])
    assert "∞" in drawing_html
    assert "<svg" in drawing_html
