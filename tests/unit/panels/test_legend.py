"""Legends: whole names in the markup, which only a lack of space shortens, and columns before largest numbers."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest

from panels import draw
from panels.spec import DrawContext, Lines, Panel, Query, Unit
from queries.core.time_range import Window
from tests.panel_samples import frame

WINDOW = Window(0, 240, 60)


def legend(*names: str) -> str:
    """The legend of lines with these names."""
    panel = Panel(id="p", title="P", unit=Unit.COUNT, view=Lines(), queries=(Query("x", "{{name}}"),))
    rows = frame({(("name", name),): np.full(5, 1.0) for name in names}, WINDOW)
    return draw(panel, (rows,), DrawContext(WINDOW)).legend


def shown_names(markup: str) -> list[str]:
    """The texts of the names."""
    parts = re.findall(r'<span class="legend-name">(.*?)</span>(?:</span>)?<b', markup)
    return [unescape(re.sub("<[^>]*>", "", part)) for part in parts]


@pytest.mark.parametrize("name", ["2xx", "anthropic claude-3-5-sonnet-20241022", 'a <b> "c" ' * 4])
def test_a_name_is_whole_in_its_row_and_in_its_tooltip(name: str) -> None:
    markup = legend(name.strip())
    assert shown_names(markup) == [name.strip()]
    assert f"{name.strip()}: now 1" in unescape(markup)


def test_the_end_of_a_long_name_stays() -> None:
    assert '<span class="legend-tail">-20241022</span>' not in legend("openai gpt-4o")
    assert re.search(r'<span class="legend-tail">t-20241022</span>', legend("anthropic claude-3-5-sonnet-20241022"))


@pytest.mark.parametrize(
    ("names", "is_brief"),
    [(("a", "b", "c", "d"), False), (("anthropic claude-3-5-haiku",) * 1, False), (("openai gpt-4o-mini-",), True)],
)
def test_many_long_names_give_up_their_largest_numbers_for_columns(names: tuple[str, ...], is_brief: bool) -> None:
    rows = [f"{names[0]}{number}" for number in range(4)] if is_brief else names
    assert ('class="legend-rows brief"' in legend(*rows)) is is_brief
