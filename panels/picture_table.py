"""A table's fragment as SVG: as many columns and rows as fit, the rest counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from panels.fragment import Element
from panels.picture_shapes import (
    Area,
    box,
    fit,
    icon_width,
    sparkline,
    status_colour,
    status_icon,
    text,
    text_width,
)

_ROW: Final = 26
_SPARK: Final = 100
_NAME: Final = 130  # the least width of the first column
_PERCENT: Final = re.compile(r":([\d.]+)%")


@dataclass(frozen=True)
class _Column:
    left: float
    right: float
    is_number: bool


def draw_table(scroll: Element, area: Area) -> str:
    """The rows of a table, the first ones if not all fit."""
    rows = [_cells(row) for row in scroll.walk() if row.name == "tr"]
    if not rows:
        return ""
    columns = _columns(rows, area)
    room = max(1, int(area.height / _ROW) - 1)
    body = rows[1 : room + 1] if len(rows) - 1 <= room else rows[1:room]
    parts = [
        _row(cells, columns, area.top + _ROW * number, area, number == 0)
        for number, cells in enumerate((rows[0], *body))
    ]
    notes = [
        f"{count} more {name}"
        for count, name in ((len(rows) - 1 - len(body), "rows"), (len(rows[0]) - len(columns), "columns"))
        if count > 0
    ]
    if notes:
        parts.append(text(f"and {', '.join(notes)}", area.left, area.bottom - 4, "var(--text-3)"))
    return "".join(parts)


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row.elements if cell.name in ("th", "td")]


def _columns(rows: Sequence[Sequence[Element]], area: Area) -> list[_Column]:
    """The places of the columns; the last ones are left out where there is too little width."""
    widths = [max(_width(row[number]) for row in rows if number < len(row)) for number in range(len(rows[0]))]
    while len(widths) > 2 and sum(widths[1:]) + _NAME > area.width:
        widths.pop()
    first = max(min(widths[0], area.width), area.width - sum(widths[1:])) if len(widths) > 1 else area.width
    if first + sum(widths[1:]) > area.width:
        first = max(area.width - sum(widths[1:]), 40)
    columns, left = [], area.left
    for number, width in enumerate((first, *widths[1:])):
        is_number = number > 0 and "t-spark" not in rows[0][number].classes
        columns.append(_Column(left, left + width - 8, is_number))
        left += width
    return columns


def _width(cell: Element) -> float:
    if "t-spark" in cell.classes:
        return _SPARK
    return text_width(cell.text) + icon_width(cell.attributes.get("data-status", "")) + 18


def _row(cells: Sequence[Element], columns: Sequence[_Column], top: float, area: Area, is_head: bool) -> str:
    line = f'<path d="M{area.left:.1f} {top + _ROW:.1f}H{area.right:.1f}" stroke="var(--border)"/>'
    return line + "".join(_cell(cell, column, top, is_head) for cell, column in zip(cells, columns, strict=False))


def _cell(cell: Element, column: _Column, top: float, is_head: bool) -> str:
    width, base = column.right - column.left, top + 17
    if spark := cell.first("spark"):
        return sparkline(spark, Area(column.left + 4, top + 5, width - 8, _ROW - 10))
    if "t-key" in cell.classes and not is_head:
        return _name(cell, column.left, base, width)
    status, content = cell.attributes.get("data-status", ""), fit(cell.text, width)
    colour = "var(--text-3)" if is_head else status_colour(status)
    x, anchor = (column.right, "end") if column.is_number else (column.left, "start")
    bar = cell.first("t-bar")
    share = _PERCENT.search(bar.elements[0].attributes.get("style", "")) if bar and bar.elements else None
    behind = (
        box(Area(column.left, top + 5, width * float(share[1]) / 100, _ROW - 10), "var(--accent-soft)", radius=3)
        if share
        else ""
    )
    shape = status_icon(status, x - text_width(content) - icon_width(status), base - 12) if status else ""
    return behind + shape + text(content, x, base, colour, anchor=anchor)


def _name(cell: Element, left: float, base: float, width: float) -> str:
    """The name of a row, and its further labels after it as far as there is room."""
    names = cell.with_class("t-name")
    first = fit(names[0].text if names else cell.text, width)
    rest = " ".join(more.text for more in cell.with_class("t-more"))
    room = width - text_width(first) - 8
    more = text(fit(rest, room), left + text_width(first) + 8, base, "var(--text-3)") if rest and room > 30 else ""
    return text(first, left, base) + more
