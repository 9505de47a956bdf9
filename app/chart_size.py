"""The size of a chart on the page, known before styles and scripts are: the first picture has its final size.

The numbers are those of `assets/css/` (panel, legend, narrow); a browser test compares them with the page.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from panels.spec import Drawing, Panel

_BORDERS: Final = 2
_BODY_PADDING: Final = 8
_LEGEND_PADDING: Final = 24
_BELOW_LEGEND: Final = 8
_GAP: Final = 12
_NOTE_LINE: Final = 18
_CHARACTER: Final = 6.2
_MOST_LEGEND: Final = 108  # with its notes
_PAGER: Final = 'class="row-pager"'
_NAME: Final = re.compile(r"--name:(\d+)")


@dataclass(frozen=True)
class Screen:
    """A usual screen of a class of widths, in pixels: the grid, its columns, and what fingers need."""

    grid: int
    columns: int
    head: int
    legend_row: int
    legend_rows: int  # visible without scrolling
    pager: int  # 0 where the panel is higher by as much as it and the search need

    def height_of(self, panel: Panel) -> int:
        """The height of a panel."""
        return panel.rows * 92 - (_GAP if self.columns > 1 else 0)

    def width_of(self, panel: Panel) -> float:
        """The width of a panel."""
        column = (self.grid - (self.columns - 1) * _GAP) / self.columns
        span = min(panel.span, self.columns)
        return span * column + (span - 1) * _GAP


SCREENS: Final = {
    "s": Screen(374, 1, 42, 32, 3, 0),  # 390 pixels
    "m": Screen(1_344, 12, 32, 20, 3, 28),  # 1440 pixels
    "l": Screen(1_824, 12, 32, 20, 3, 28),  # 1920 pixels
}


def chart_size(panel: Panel, drawing: Drawing, width: str) -> tuple[int, int]:
    """Width and height of a panel's chart on a screen of that class (`s`, `m` or `l`)."""
    screen = SCREENS[width]
    across = screen.width_of(panel) - _BORDERS
    down = screen.height_of(panel) - _BORDERS - screen.head - _legend_height(drawing, across - _LEGEND_PADDING, screen)
    return round(across - _BODY_PADDING), max(round(down), 1)


def _legend_height(drawing: Drawing, width: float, screen: Screen) -> float:
    notes = math.ceil(len(" · ".join(drawing.notes)) * _CHARACTER / width) * _NOTE_LINE
    rows = drawing.legend.count('class="legend-row"')
    legend = _rows_height(drawing.legend, rows, width, screen) if rows else 0
    scale = _NOTE_LINE if "legend-s" in drawing.legend else 0
    legend += max(scale, screen.pager) if _PAGER in drawing.legend else scale
    return min(legend + notes + _BELOW_LEGEND, _MOST_LEGEND) if drawing.legend or notes else 0


def _rows_height(legend: str, rows: int, width: float, screen: Screen) -> float:
    name, is_brief = _NAME.search(legend), "legend-rows brief" in legend
    has_largest = width >= (800 if is_brief else 480)
    column = int(name[1] if name else 0) * _CHARACTER + (174 if has_largest else 88)
    columns = max(1, math.floor((width + 16) / (min(column, width) + 16)))
    most = screen.legend_rows + (1 if is_brief and rows > 6 and screen.columns > 1 else 0)
    return min(math.ceil(rows / columns), most) * screen.legend_row
