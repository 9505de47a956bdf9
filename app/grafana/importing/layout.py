"""Sizes and ids: from a grid of 24 columns with places to a board of 12 whose panels follow each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from app.filled_rows import COLUMNS, grid_rows
from panels.spec import Panel, Tile

_GRID_PIXELS: Final = 38  # a row of Grafana's grid with its gap
_ROW_PIXELS: Final = 80  # a row of ours
_MOST_ROWS: Final = 12


def slug(text: str, used_ids: Collection[str] = (), otherwise: str = "panel") -> str:
    """An id from a title that is not used yet."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or otherwise
    number, candidate = 2, name
    while candidate in used_ids:
        number, candidate = number + 1, f"{name}-{number}"
    return candidate


def span_of(width: int, least: int) -> int:
    """Columns of ours for a width of Grafana's."""
    return min(max(round(width / 2), least), COLUMNS)


def rows_of(height: int, view: object) -> int:
    """Rows of ours for a height of Grafana's."""
    return min(max(height * _GRID_PIXELS // _ROW_PIXELS, 2 if isinstance(view, Tile) else 3), _MOST_ROWS)


def filled(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """The panels in full lines: those of a line have one height, and the last one takes what is left of the width."""
    return tuple(panel for line in grid_rows(panels, lambda panel: panel.span) for panel in _full(line))


def _full(line: Sequence[Panel]) -> list[Panel]:
    rows, left = max(panel.rows for panel in line), COLUMNS - sum(panel.span for panel in line)
    sized = [replace(panel, rows=rows) for panel in line]
    return [*sized[:-1], replace(sized[-1], span=sized[-1].span + left)]
