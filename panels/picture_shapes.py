"""Parts of pictures as SVG: texts, status icons, sparklines, boxes. Colours are `var(--token)` throughout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final
from unicodedata import east_asian_width

from panels.figure import CHARACTER, shorten
from panels.fragment import Element
from panels.sparkline import HEIGHT, WIDTH
from panels.spec import Status
from panels.status import icon
from panels.visible import visible_name

WORRYING: Final = ("warning", "serious", "critical")
_POINT: Final = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
_TOKEN: Final = re.compile(r"var\(--[\w-]+\)")
_ICON: Final = 14


@dataclass(frozen=True)
class Area:
    """A rectangle of a picture, in pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height


def text_width(content: str, size: float = 12) -> float:
    """The pixels that a text needs at most."""
    return sum(map(_columns, content)) * CHARACTER * size / 12


def _columns(character: str) -> int:
    """Chinese, Japanese and Korean characters and emoji are two columns wide."""
    return 2 if east_asian_width(character) in ("W", "F") else 1


def fit(content: str, width: float, size: float = 12) -> str:
    """A text that fits a width: its middle is left out if it is too long."""
    name = visible_name(content)
    most = max(3, int(width / (CHARACTER * size / 12)))
    while len(name) > 3 and (wide := sum(map(_columns, name)) - len(name)) and len(name) + wide > most:
        name = shorten(name, max(3, min(len(name) - 1, most - wide)))
    return shorten(name, most)


def text(
    content: str,
    x: float,
    y: float,
    colour: str = "var(--text)",
    size: float = 12,
    anchor: str = "start",
    weight: int = 400,
) -> str:
    """A line of text; `y` is its base line."""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    turned = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{turned}{bold}>'
        f"{escape(visible_name(content))}</text>"
    )


def box(area: Area, fill: str, stroke: str = "", radius: float = 6) -> str:
    """A rectangle with round corners; a border if it has a colour."""
    border = f' stroke="{stroke}"' if stroke else ""
    return (
        f'<rect x="{area.left:.1f}" y="{area.top:.1f}" width="{max(area.width, 0):.1f}" '
        f'height="{max(area.height, 0):.1f}" rx="{radius:g}" fill="{fill}"{border}/>'
    )


def status_colour(status: str, default: str = "var(--text)") -> str:
    """The colour of a text with that status."""
    return f"var(--{status})" if status in WORRYING else default


def status_icon(status: str, x: float, y: float) -> str:
    """The shape of a status, 14 pixels wide; nothing for no status. `y` is its upper edge."""
    shape = str(icon(Status(status))) if status in set(Status) else ""
    colour = f"var(--{status})"
    return shape.replace("<svg ", f'<svg x="{x:.1f}" y="{y:.1f}" ', 1).replace("currentColor", colour)


def icon_width(status: str) -> float:
    """The pixels of a status' shape and the space after it."""
    return 0.0 if status in ("", "none") else _ICON + 5.0


def sparkline(spark: Element, area: Area, colour: str = "var(--text-3)") -> str:
    """A sparkline of a fragment, scaled into an area."""

    def scaled(match: re.Match[str]) -> str:
        x, y = area.left + float(match[1]) / WIDTH * area.width, area.top + float(match[2]) / HEIGHT * area.height
        return f"{x:.1f} {y:.1f}"

    paths = {name: path for path in spark.elements for name in path.classes}
    drawn = [
        f'<path d="{_POINT.sub(scaled, paths[name].attributes.get("d", ""))}" stroke="{colour}" '
        f'stroke-width="{width}" fill="none" stroke-linecap="round" stroke-linejoin="round"/>'
        for name, width in (("spark-line", 1.5), ("spark-dot", 5))
        if name in paths
    ]
    return "".join(drawn)


def colours_in(style: str) -> list[str]:
    """The tokens that a style names, in their order."""
    return _TOKEN.findall(style)


def wrap(content: str, width: float, size: float = 12) -> list[str]:
    """The lines of a text in that width; a word that is longer is shortened."""
    lines: list[str] = []
    for word in content.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(candidate, size) <= width:
            lines[-1] = candidate
        else:
            lines.append(fit(word, width, size))
    return lines


def paragraph(content: str, area: Area, colour: str, size: float = 13, middle: bool = False) -> str:
    """A text in lines from the top of an area; what does not fit is left out."""
    step = size * 1.5
    lines = wrap(content, area.width, size)[: max(1, int(area.height / step))]
    x, anchor = (area.left + area.width / 2, "middle") if middle else (area.left, "start")
    return "".join(
        text(line, x, area.top + step * (row + 0.75), colour, size, anchor) for row, line in enumerate(lines)
    )
