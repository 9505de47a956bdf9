"""A chart as a picture that stands alone: title, unit, figure and legend, for wikis, mails and chat alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from panels import svg
from panels.figure import CHARACTER, shorten
from panels.svg_marks import paint
from panels.themes import Theme

_HEAD: Final = 32
_ROW: Final = 20
_MOST_ROWS: Final = 3
_PAD: Final = 12
_NAME: Final = 32

Entry = tuple[str, str]  # name, colour


def picture(
    figure: Mapping[str, Any], width: int, height: int, theme: Theme, title: str, unit: str = "", alt: str = ""
) -> str:
    """An SVG file of that size in pixels; `alt` is read to those who cannot see it."""
    rows = _legend_rows(_entries(figure), width - 2 * _PAD)
    inside = max(height - _HEAD - _ROW * len(rows) - (_PAD if rows else 0), 40)
    chart = svg.render(figure, width - _PAD, inside, theme).replace("<svg ", f'<svg x="{_PAD / 2:g}" y="{_HEAD}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="{svg.FONT}" font-size="12"><title>{escape(alt or title)}</title>'
        f'<rect width="{width}" height="{height}" rx="8" {paint("fill", "var(--surface)", theme)}/>'
        f"{_heading(title, unit, theme)}{chart}{_legend(rows, _HEAD + inside + _ROW - 4, theme)}</svg>"
    )


def _heading(title: str, unit: str, theme: Theme) -> str:
    return (
        f'<text x="{_PAD}" y="21" font-size="14"><tspan font-weight="600" {paint("fill", "var(--text)", theme)}>'
        f'{escape(title)}</tspan><tspan dx="6" font-size="12" {paint("fill", "var(--text-3)", theme)}>'
        f"{escape(unit)}</tspan></text>"
    )


def _entries(figure: Mapping[str, Any]) -> list[Entry]:
    """Each series once; nothing for a single one, which the title names."""
    entries: dict[int, Entry] = {}
    for trace in figure.get("data", []):
        meta = trace.get("meta", {})
        if trace["type"] == "scatter" and "name" in meta and "series" in meta:
            entries.setdefault(meta["series"], (meta["name"], trace["line"]["color"]))
    return list(entries.values()) if len(entries) > 1 else []


def _legend_rows(entries: Sequence[Entry], width: float) -> list[list[tuple[float, Entry]]]:
    """Entries with their place in rows that fit the width; what does not fit into three rows is counted."""
    rows: list[list[tuple[float, Entry]]] = []
    left = width + 1.0
    for number, (name, colour) in enumerate(entries):
        label = shorten(name, _NAME)
        needed = len(label) * CHARACTER + 32
        if left + needed > width:
            if len(rows) == _MOST_ROWS:
                rows[-1][-1] = (rows[-1][-1][0], (f"and {len(entries) - number + 1} more", "var(--surface)"))
                break
            rows.append([])
            left = 0.0
        rows[-1].append((left, (label, colour)))
        left += needed
    return rows


def _legend(rows: Sequence[Sequence[tuple[float, Entry]]], top: float, theme: Theme) -> str:
    marks = [
        f'<rect x="{_PAD + left:g}" y="{top + _ROW * row - 9:g}" width="10" height="10" rx="3" '
        f'{paint("fill", colour, theme)}/><text x="{_PAD + left + 16:g}" y="{top + _ROW * row:g}">{escape(name)}</text>'
        for row, entries in enumerate(rows)
        for left, (name, colour) in entries
    ]
    return f"<g {paint('fill', 'var(--text-2)', theme)}>{''.join(marks)}</g>"
