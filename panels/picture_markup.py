"""Panels that are HTML on a page, drawn as SVG from their fragment: tiles, tables, cells, cards, text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from panels.fragment import Element, parse
from panels.picture_shapes import (
    WORRYING,
    Area,
    box,
    colours_in,
    fit,
    icon_width,
    sparkline,
    status_colour,
    status_icon,
    text,
    text_width,
)
from panels.picture_table import draw_table
from panels.picture_text import draw_text

_GOOD: Final = {"yes": "var(--good)", "no": "var(--serious)"}
_PERCENT: Final = re.compile(r":([\d.]+)%")
_ARROWS: Final = ("↑", "↓", "→")
_CELL: Final = 32
_GAP: Final = 8
_CARD: Final = 190


def draw(fragment: str, area: Area) -> str:
    """The fragment in the area; nothing for a fragment of another kind."""
    root = parse(fragment)
    for name, builder in _BUILDERS.items():
        if element := root.first(name):
            return builder(element, area)
    return ""


def _tile(tile: Element, area: Area) -> str:
    status = tile.attributes.get("data-status", "none")
    number, unit, change = tile.first("tile-number"), tile.first("tile-unit"), tile.first("tile-change")
    is_narrow = area.width < 200
    size = 40.0 if area.height >= 110 and not is_narrow else 28.0
    top = area.top + size
    parts = []
    if number:
        content = fit(number.text, area.width, size)
        parts.append(text(content, area.left, top, status_colour(status), size, weight=700))
        if unit:
            x = area.left + text_width(content, size) * 0.96 + 8
            parts.append(text(unit.text, x, top, "var(--text-2)", 14))
    word = tile.first("status")
    if word:
        label = "" if is_narrow else word.text  # the colour and the shape remain
        width = text_width(label) + icon_width(status)
        parts.append(status_icon(status, area.right - width, top - 12))
        parts.append(text(label, area.right - width + icon_width(status), top, status_colour(status)) if label else "")
    if change:
        colour = _GOOD.get(change.attributes.get("data-good", ""), "var(--text-2)")
        words = " ".join(part.text for part in change.elements) or change.text
        parts.append(_change(words, area, top + 20, colour))
    top += 30
    if gauge := tile.first("tile-gauge"):
        parts.append(_gauge(gauge, Area(area.left, top, area.width, 6)))
        top += 14
    spark = tile.first("spark")
    if spark and area.bottom - top > 12:
        parts.append(sparkline(spark, Area(area.left, top, area.width - 4, min(area.bottom - top, 90))))
    return "".join(parts)


def _change(words: str, area: Area, y: float, colour: str) -> str:
    """An arrow by itself: the font that has it would draw the whole line otherwise."""
    if not words.startswith(_ARROWS):
        return text(fit(words, area.width), area.left, y, colour)
    rest = words[1:].strip()
    rest = rest.removesuffix(" vs yesterday") if text_width(rest) > area.width - 14 else rest
    return text(words[0], area.left, y, colour) + text(rest, area.left + 14, y, colour)


def _gauge(gauge: Element, area: Area) -> str:
    status = gauge.attributes.get("data-status", "none")
    colour = {"none": "var(--series-1)", "unknown": "var(--unknown)"}.get(status, f"var(--{status})")
    parts = [box(area, "var(--sunken)", radius=3)]
    for mark in gauge.elements:
        match = _PERCENT.search(mark.attributes.get("style", ""))
        share = float(match[1]) / 100 if match else 0.0
        if "gauge-fill" in mark.classes:
            parts.append(box(Area(area.left, area.top, max(2, share * area.width), area.height), colour, radius=3))
        else:
            limit = "var(--critical)" if "gauge-critical" in mark.classes else "var(--warning)"
            parts.append(box(Area(area.left + share * area.width, area.top - 3, 2, area.height + 6), limit, radius=0))
    return "".join(parts)


def _cells(groups: Element, area: Area) -> str:
    """Groups below each other, cells in rows; what does not fit is counted."""
    parts: list[str] = []
    top, left_out = area.top, 0
    for group in groups.with_class("cell-group"):
        title, cells = group.first("cell-title"), group.with_class("cell")
        if top + 16 + _CELL > area.bottom:
            left_out += len(cells)
            continue
        if title:
            parts.append(text(title.text, area.left, top + 12, "var(--text-3)"))
            top += 20
        drawn, top, missing = _cell_rows(cells, area, top)
        parts.append(drawn)
        left_out += missing
    more = text(f"and {left_out} more", area.right, area.bottom - 2, "var(--text-3)", anchor="end") if left_out else ""
    return "".join(parts) + more


def _cell_rows(cells: list[Element], area: Area, top: float) -> tuple[str, float, int]:
    """The cells of a group, where they end, and how many did not fit."""
    parts: list[str] = []
    left = area.left
    for number, cell in enumerate(cells):
        status = cell.attributes.get("data-status", "")
        name, word = cell.first("cell-name"), cell.first("cell-word")
        label = fit(name.text if name else cell.text, area.width / 2)
        value = fit(word.text, area.width / 3) if word else ""
        width = 20 + icon_width(status) + text_width(label) + (text_width(value) + 6 if value else 0)
        if left + width > area.right and left > area.left:
            left, top = area.left, top + _CELL + 6
        if top + _CELL > area.bottom:
            return "".join(parts), top, len(cells) - number
        worrying = status in WORRYING
        fill = f"var(--{status}-soft)" if worrying else "var(--surface)"
        parts.append(box(Area(left, top, width, _CELL), fill, status_colour(status, "var(--border)")))
        parts.append(status_icon(status, left + 10, top + 9))
        x = left + 10 + icon_width(status)
        parts.append(text(label, x, top + 20))
        parts.append(text(value, x + text_width(label) + 6, top + 20, status_colour(status, "var(--text-2)")))
        left += width + 6
    return "".join(parts), top + _CELL + 10, 0


def _cards(row: Element, area: Area) -> str:
    cards = row.with_class("card")
    columns = max(1, min(len(cards), int((area.width + _GAP) / (_CARD + _GAP))))
    width = (area.width - _GAP * (columns - 1)) / columns
    height = 44 + 20 * max((len(card.with_class("card-fact")) for card in cards), default=0)
    height = min(height, int(area.height))
    rows = max(1, int((area.height + _GAP) / (height + _GAP)))
    fitting = cards[: rows * columns]
    parts = [
        _card(
            card,
            Area(
                area.left + number % columns * (width + _GAP),
                area.top + number // columns * (height + _GAP),
                width,
                height,
            ),
        )
        for number, card in enumerate(fitting)
    ]
    left_out = len(cards) - len(fitting)
    more = text(f"and {left_out} more", area.right, area.bottom - 2, "var(--text-3)", anchor="end") if left_out else ""
    return "".join(parts) + more


def _card(card: Element, area: Area) -> str:
    status = card.attributes.get("data-status", "none")
    name, mark = card.first("card-name"), card.first("status")
    swatch = colours_in(next((dot.attributes.get("style", "") for dot in card.with_class("swatch")), ""))
    mark_status = mark.attributes.get("data-status", "") if mark else ""
    mark_width = text_width(mark.text) + icon_width(mark_status) + 10 if mark else 0
    parts = [
        box(area, "var(--surface)", status_colour(status, "var(--border)")),
        box(Area(area.left + 10, area.top + 11, 10, 10), swatch[0], radius=3) if swatch else "",
        text(
            fit(name.text if name else "", area.width - 40 - mark_width, 13),
            area.left + 26,
            area.top + 21,
            size=13,
            weight=700,
        ),
    ]
    if mark:
        x = area.right - mark_width
        colour = f"var(--{mark_status})"
        parts += [
            status_icon(mark_status, x, area.top + 9),
            text(mark.text, x + icon_width(mark_status), area.top + 21, colour),
        ]
    room = int((area.height - 34) / 20)
    for number, fact in enumerate(card.with_class("card-fact")[:room]):
        parts.append(_fact(fact, Area(area.left + 10, area.top + 34 + 20 * number, area.width - 20, 20)))
    return "".join(parts)


def _fact(fact: Element, area: Area) -> str:
    label, value = (next((child for child in fact.elements if child.name == name), None) for name in ("dt", "dd"))
    if label is None or value is None:
        return ""
    status = value.attributes.get("data-status", "")
    parts = [text(fit(label.text, area.width * 0.6), area.left, area.top + 14, "var(--text-2)")]
    if spark := value.first("spark"):
        parts.append(sparkline(spark, Area(area.right - 70, area.top + 3, 66, 14)))
    else:
        content = fit(value.text, area.width * 0.5)
        parts.append(text(content, area.right, area.top + 14, status_colour(status), anchor="end"))
        if status:
            parts.append(status_icon(status, area.right - text_width(content) - icon_width(status), area.top + 3))
    return "".join(parts)


_BUILDERS: Final[Mapping[str, Callable[[Element, Area], str]]] = {
    "tile-body": _tile,
    "cell-groups": _cells,
    "card-row": _cards,
    "t-scroll": draw_table,
    "prose": draw_text,
}
