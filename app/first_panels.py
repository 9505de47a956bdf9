"""Which panels the first answer of a page has: those that a phone shows before it is scrolled.

The numbers are those of `assets/css/narrow.css`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from panels.spec import Cards, Cells, Panel, Table, Tile

# Pixels: a screen with the margin of assets/src/board-refresh.js, without what stands above the grid.
_VIEW: Final = 850
_GAP: Final = 8
_TILE: Final = 140
_LIST: Final = 160  # the least height of what grows with its content
_ROW: Final = 80


def first_on_phone(panels: Sequence[Panel]) -> int:
    """How many panels begin on the first screen; at least one of those that there are."""
    top, is_beside = 0, False
    for number, panel in enumerate(panels):
        is_second_tile = is_beside and isinstance(panel.view, Tile)
        if top >= _VIEW and not is_second_tile:
            return number
        is_beside = isinstance(panel.view, Tile) and not is_second_tile
        top += 0 if is_second_tile else _height(panel) + _GAP
    return len(panels)


def _height(panel: Panel) -> int:
    if isinstance(panel.view, Tile):
        return _TILE
    return _LIST if isinstance(panel.view, (Table, Cells, Cards)) else panel.rows * _ROW
