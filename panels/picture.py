"""A panel as a picture that stands alone: title, figure or table, legend, range; for wikis, mails and chat alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from html import escape
from typing import Any, Final

from panels import picture_markup, svg
from panels.figure import shorten
from panels.fragment import parse
from panels.picture_shapes import Area, box, colours_in, fit, paragraph, text, text_width, wrap
from panels.spec import Drawing
from panels.svg_marks import paint
from panels.themes import Theme, resolve

FONT: Final = "Roboto, 'DejaVu Sans', sans-serif"
_HEAD: Final = 32
_SUB: Final = 18
_SMALL: Final = 11
_ROW: Final = 20
_MOST_ROWS: Final = 3
_LEAST: Final = 56  # pixels of a chart, before its legend gets any
_PAD: Final = 12
_NAME: Final = 32

Entry = tuple[str, str]  # name, colour


@dataclass(frozen=True)
class Caption:
    """What a picture states besides its data. `reason` stands where there are no data, `warning` beside old ones."""

    title: str
    unit: str = ""
    subtitle: str = ""
    footer: str = ""
    reason: str = ""
    warning: str = ""


def picture(drawing: Drawing, width: int, height: int, theme: Theme, caption: Caption, zone: tzinfo = UTC) -> str:
    """An SVG file of that size in pixels; its times are those of `zone`."""
    alt = escape(drawing.alt or caption.reason or caption.title)
    frame = Area(0, 0, width, height)
    inner = (
        f"<title>{alt}</title>{box(frame, 'var(--surface)', radius=0)}{_heading(caption, width)}"
        f"{_content(drawing, frame, theme, caption, zone)}{_footer(caption, frame)}"
    )
    return resolve(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="{FONT}" font-size="12">{inner}</svg>',
        theme,
    )


def _heading(caption: Caption, width: int) -> str:
    room = width - 2 * _PAD
    title = fit(caption.title, room, 14)
    unit_x = _PAD + text_width(title, 14) + 8
    parts = [text(title, _PAD, 21, size=14, weight=700)]
    if caption.unit and unit_x + text_width(caption.unit) < width:
        parts.append(text(caption.unit, unit_x, 21, "var(--text-3)"))
    if caption.subtitle:
        parts.append(text(fit(caption.subtitle, room), _PAD, 21 + _SUB, "var(--text-2)"))
    return "".join(parts)


def _footer(caption: Caption, frame: Area) -> str:
    lines = _footer_lines(caption, frame.width - 2 * _PAD)
    colour = "var(--serious)" if caption.warning else "var(--text-3)"
    top = frame.bottom - 8 - 14 * (len(lines) - 1)
    return "".join(text(line, _PAD, top + 14 * row, colour, _SMALL) for row, line in enumerate(lines))


def _footer_lines(caption: Caption, width: float) -> list[str]:
    """One line, two if it is too long for the width."""
    whole = f"{caption.warning} {caption.footer}".strip()
    lines = wrap(whole, width, _SMALL)
    return lines if len(lines) < 2 else [lines[0], fit(" ".join(lines[1:]), width, _SMALL)]


def _content(drawing: Drawing, frame: Area, theme: Theme, caption: Caption, zone: tzinfo) -> str:
    top = _HEAD + (_SUB if caption.subtitle else 0)
    footers = len(_footer_lines(caption, frame.width - 2 * _PAD))
    bottom = frame.bottom - (10 + 14 * footers if footers else 0)
    area = Area(_PAD, top, frame.width - 2 * _PAD, max(bottom - top, 40))
    if caption.reason:
        lines = Area(area.left, area.top + area.height * 0.35, area.width, area.height * 0.65)
        return paragraph(caption.reason, lines, "var(--text-2)", middle=True)
    if drawing.figure is None:
        return picture_markup.draw(drawing.html, Area(area.left, area.top + 4, area.width, area.height - 8))
    room = int((area.height - _LEAST) / _ROW)
    rows = _legend_rows(_entries(drawing.figure), area.width, min(room, _MOST_ROWS))
    scale = "" if rows or room < 1 else _scale(drawing.legend, area)
    inside = max(int(area.height) - _ROW * (len(rows) or bool(scale)), 40)
    chart = svg.render(drawing.figure, int(frame.width) - _PAD, inside, theme, zone=zone)
    placed = chart.replace("<svg ", f'<svg x="{_PAD / 2:g}" y="{top}" ', 1).replace(escape(svg.FONT), FONT)
    return f"{placed}{_legend(rows, top + inside + _ROW - 6, theme)}{scale}"


def _entries(figure: Mapping[str, Any]) -> list[Entry]:
    """Each series once; nothing for a single one, which the title names."""
    entries: dict[int, Entry] = {}
    for trace in figure.get("data", []):
        meta = trace.get("meta", {})
        if trace["type"] == "pie":
            texts = zip(meta["names"], trace["text"], trace["marker"]["colors"], strict=True)
            return [(f"{shorten(name, _NAME)} {number}", colour) for name, number, colour in texts]
        if trace["type"] == "scatter" and "name" in meta and "series" in meta:
            entries.setdefault(meta["series"], (shorten(meta["name"], _NAME), trace["line"]["color"]))
    return list(entries.values()) if len(entries) > 1 else []


def _legend_rows(entries: Sequence[Entry], width: float, most: int) -> list[list[tuple[float, Entry]]]:
    """Entries with their place in rows that fit the width; what does not fit into `most` rows is counted."""
    rows: list[list[tuple[float, Entry]]] = []
    if most < 1:
        return rows
    left = width + 1.0
    for number, (name, colour) in enumerate(entries):
        needed = text_width(name) + 32
        if left + needed > width:
            if len(rows) == most:
                rows[-1][-1] = (rows[-1][-1][0], (f"and {len(entries) - number + 1} more", "var(--surface)"))
                break
            rows.append([])
            left = 0.0
        rows[-1].append((left, (name, colour)))
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


def _scale(legend: str, area: Area) -> str:
    """The colour bar of a heatmap below its cells, with both ends and what it measures."""
    scale = parse(legend).first("legend-scale")
    if scale is None:
        return ""
    low, bar, high, *rest = scale.elements
    colours, y = colours_in(bar.attributes.get("style", "")), area.bottom - 6
    parts = [text(low.text, area.left, y, "var(--text-2)")]
    x = area.left + text_width(low.text) + 6
    for colour in colours:
        parts.append(box(Area(x, y - 9, 18, 10), colour, radius=0))
        x += 18
    parts.append(text(" ".join((high.text, *(part.text for part in rest))), x + 6, y, "var(--text-2)"))
    return "".join(parts)
