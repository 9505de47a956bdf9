"""Panels that are left out leave no holes."""

from __future__ import annotations

import pytest

from app.filled_rows import filled, grid_rows
from pages import BOARDS
from panels.spec import Lines, Panel, Row, Tile


def panel(span: int, rows: int = 3) -> Panel:
    """A chart of that size."""
    return Panel(id=f"of-{span}", title="P", view=Lines(), span=span, rows=rows)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([6, 6], [6, 6]),
        ([4, 4, 4, 4], [3, 3, 3, 3]),
        ([12, 4], [12, 12]),
        ([4, 4], [6, 6]),
        ([4, 4, 4, 4, 4], [4, 4, 4, 6, 6]),
        ([8, 4, 4], [8, 4, 12]),
        ([2, 2, 2, 2, 2], [3, 3, 2, 2, 2]),
        ([6], [12]),
        ([6, 6, 6], [4, 4, 4]),
        ([], []),
    ],
)
def test_every_row_has_twelve_columns(spans: list[int], expected: list[int]) -> None:
    assert [after.span for after in filled([panel(span) for span in spans])] == expected


def test_panels_of_another_height_do_not_share_a_row() -> None:
    assert [after.span for after in filled([panel(4), panel(4), panel(4), panel(4, rows=2)])] == [4, 4, 4, 12]


def test_panels_that_share_a_row_anew_are_as_high_as_the_highest() -> None:
    assert [after.rows for after in filled([panel(6, rows=4), panel(4)])] == [4, 4]


def test_headings_stay() -> None:
    heading = Panel(id="h", title="H", view=Row(), span=8, rows=1)
    assert filled([heading])[0] is heading


def test_full_boards_stay_as_they_are() -> None:
    for board in BOARDS.values():
        assert filled(board.panels) == board.panels


def test_tiles_that_remain_share_the_row() -> None:
    tiles = [Panel(id=f"t{number}", title="T", view=Tile(), span=2, rows=2) for number in range(4)]
    assert [after.span for after in filled(tiles)] == [3, 3, 3, 3]


def test_a_row_ends_where_the_next_item_does_not_fit() -> None:
    assert list(grid_rows([6, 6, 8, 6, 12, 1], lambda span: span)) == [[6, 6], [8], [6], [12], [1]]
    assert list(grid_rows([], lambda span: span)) == []
