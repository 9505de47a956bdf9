"""The rows that a grid of 12 columns lays panels out in, and rows without holes where panels are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from panels.spec import WITHOUT_DATA, Panel

COLUMNS: Final = 12
_MOST: Final = 4  # panels beside each other
Item = TypeVar("Item")


def grid_rows(items: Iterable[Item], span_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Items side by side, from left to right, as many as fit the columns."""
    row: list[Item] = []
    for item in items:
        if row and sum(map(span_of, row)) + span_of(item) > COLUMNS:
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def filled(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """The panels in their order, with spans that fill every row of 12 columns.

    What is left of a row joins the row before it if both are of the same height and have four panels together.
    """
    rows: list[list[Panel]] = []
    for row in grid_rows(panels, _span):
        if _is_full(row) or not rows or not _can_join(rows[-1], row):
            rows.append(row)
        else:
            rows[-1] = [*rows[-1], *row]
    return tuple(panel for row in rows for panel in _stretched(row))


def _span(panel: Panel) -> int:
    return panel.span


def _width(row: Sequence[Panel]) -> int:
    return sum(panel.span for panel in row)


def _is_full(row: Sequence[Panel]) -> bool:
    return _width(row) == COLUMNS or any(isinstance(panel.view, WITHOUT_DATA) for panel in row)


def _can_join(before: Sequence[Panel], row: Sequence[Panel]) -> bool:
    together = [*before, *row]
    is_even = len({(panel.rows, panel.span) for panel in together}) == 1
    return is_even and len(together) <= _MOST


def _stretched(row: Sequence[Panel]) -> Iterator[Panel]:
    """The panels of a row in equal widths and as high as the highest; a row that is full stays as it is."""
    if _is_full(row):
        yield from row
        return
    share, rest = divmod(COLUMNS, len(row))
    for number, panel in enumerate(row):
        yield replace(panel, span=share + (1 if number < rest else 0), rows=max(other.rows for other in row))
