"""Few parts are a ring with numbers and shares; many, or some below zero, are bars that say why."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from panels import draw, svg
from panels.spec import DrawContext, Drawing, Panel, Pie, Query, Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame

WINDOW = Window(0, 60, 60)


def drawn(*values: float, top: int = 6) -> Drawing:
    labels = tuple({"cache": f"<{number}>"} for number in range(len(values)))
    frame = Frame(np.array([60]), labels, np.array([[value] for value in values], dtype=np.float64))
    panel = Panel(id="p", title="Bytes", unit=Unit.BYTES, view=Pie(top), queries=(Query("x", "{{cache}}"),))
    return draw(panel, (frame,), DrawContext(WINDOW))


def trace(drawing: Drawing) -> Any:
    assert drawing.figure is not None
    return drawing.figure["data"][0]  # type: ignore[index]


def test_the_parts_are_a_ring_the_largest_first_with_their_sum_in_the_middle() -> None:
    drawing = drawn(100, 300)

    assert trace(drawing)["type"] == "pie"
    assert trace(drawing)["meta"]["names"] == ["<1>", "<0>"]
    assert trace(drawing)["title"]["text"] == "400 B"
    assert drawing.alt == "Bytes, shares, largest first: <1> 300 B  ·  75 %, <0> 100 B  ·  25 %."
    assert re.findall(r"(\d+) %", drawing.legend)[-1] == "25"
    assert "<1>" not in drawing.legend


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ((1, 2, -1), "Shown as bars, since a part is below zero"),
        ((1, 2, 3, 4), "Shown as bars, since a ring of more than 3 parts cannot be read"),
    ],
)
def test_what_a_ring_cannot_show_is_bars_that_say_why(values: tuple[float, ...], note: str) -> None:
    drawing = drawn(*values, top=3)

    assert trace(drawing)["type"] == "bar"
    assert note in drawing.notes


def test_a_single_part_is_a_whole_ring_and_nothing_is_none() -> None:
    assert drawn(0).figure is not None
    picture = svg.render(drawn(5).figure or {}, 300, 200)

    assert picture.count("<path") == 1
    assert "nan" not in picture
