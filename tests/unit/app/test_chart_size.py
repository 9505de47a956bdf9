"""The first picture of a chart leaves room for its legend and its notes."""

from __future__ import annotations

import numpy as np
import pytest

from app.chart_size import chart_size
from panels import draw
from panels.spec import DrawContext, Drawing, Lines, Panel, Query, Unit
from queries.core.time_range import Window
from tests.panel_samples import frame

WINDOW = Window(0, 240, 60)


def panel(span: int = 6, top: int = 8) -> Panel:
    """A chart of lines."""
    queries = (Query("x", "{{name}}"),)
    return Panel(id="p", title="P", unit=Unit.COUNT, view=Lines(top=top), queries=queries, span=span)


def drawing(*names: str, top: int = 8) -> Drawing:
    """Lines with these names."""
    rows = frame({(("name", name),): np.full(5, 1.0) for name in names}, WINDOW)
    return draw(panel(top=top), (rows,), DrawContext(WINDOW))


@pytest.mark.parametrize(("width", "expected"), [("s", (364, 232)), ("m", (656, 230)), ("l", (896, 230))])
def test_a_chart_without_a_legend_fills_its_panel(width: str, expected: tuple[int, int]) -> None:
    assert chart_size(panel(), Drawing(), width) == expected


def test_the_height_falls_with_the_rows_of_the_legend_until_it_scrolls() -> None:
    names = [f"series of row {number}" for number in range(8)]
    heights = [chart_size(panel(), drawing(*names[:count]), "s")[1] for count in (1, 2, 3, 8)]
    assert heights == [192, 160, 128, 128]


def test_notes_take_lines_of_their_own() -> None:
    noted, plain = drawing("a", "b", top=1), drawing("a")
    assert noted.notes
    assert chart_size(panel(), noted, "m")[1] == chart_size(panel(), plain, "m")[1] - 18


@pytest.mark.parametrize("span", [3, 4, 6, 8, 12])
def test_on_a_phone_every_chart_has_the_whole_width(span: int) -> None:
    assert chart_size(panel(span), Drawing(), "s")[0] == 364
