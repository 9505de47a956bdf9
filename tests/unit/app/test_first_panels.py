"""The first answer of a page has what a phone shows before it is scrolled."""

from __future__ import annotations

import pytest

from app.first_panels import first_on_phone
from pages import BOARDS
from panels.spec import Lines, Panel, Table, Tile


def panel(view: Lines | Table | Tile, rows: int = 3) -> Panel:
    """A panel of that height."""
    return Panel(id="p", title="P", view=view, rows=rows)


def test_panels_that_begin_on_the_first_screen_are_counted() -> None:
    assert first_on_phone([panel(Lines())] * 9) == 4
    assert first_on_phone([panel(Table(("a",), ()))] * 9) == 6
    assert first_on_phone([panel(Lines(), rows=12)] * 9) == 1


def test_two_tiles_share_a_row() -> None:
    assert first_on_phone([panel(Tile())] * 20) == 12


def test_a_short_page_has_all_of_its_panels() -> None:
    assert first_on_phone([]) == 0
    assert first_on_phone([panel(Lines())]) == 1


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_has_something_on_the_first_screen(board: str) -> None:
    assert 2 <= first_on_phone(BOARDS[board].panels) <= 10
