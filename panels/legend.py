"""The legend as a compact table: name, last, largest. A click on a row isolates its series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from panels import links, units
from panels.histogram import Caps
from panels.markup import join, tag
from panels.series import Series
from panels.spec import Panel
from queries.core.time_range import Window

# Longer names do not widen the columns; where they lack space, they lose their middle.
_NAME_LENGTH: Final = 40
_TAIL: Final = 10  # characters at the end of a long name that stay
# With more rows than are visible, columns matter more than the largest numbers, unless names are short.
_VISIBLE_ROWS: Final = 3
_SHORT_NAME: Final = 16


def table(panel: Panel, series: Sequence[Series], caps: Caps, window: Window) -> str:
    """One button per series; empty without series."""
    if not series:
        return ""
    longest = min(_NAME_LENGTH, max(len(entry.name) for entry in series))
    rows = join([_row(panel, number, entry, caps, window) for number, entry in enumerate(series)])
    is_brief = len(series) > _VISIBLE_ROWS and longest > _SHORT_NAME
    kind = "legend-rows brief" if is_brief else "legend-rows"
    return str(tag("div", tag("div", rows, class_=kind, style=f"--name:{longest}"), class_="legend"))


def parts(panel: Panel, of: Sequence[Series], texts: Sequence[str], window: Window) -> str:
    """One line for each part of a ring: its name, and a text with its number and share."""
    if not of:
        return ""
    longest = min(_NAME_LENGTH, max(len(entry.name) for entry in of))
    rows = [_part(panel, entry, text, window) for entry, text in zip(of, texts, strict=True)]
    return str(tag("div", tag("div", join(rows), class_="legend-rows", style=f"--name:{longest + 6}"), class_="legend"))


def _part(panel: Panel, entry: Series, text: str, window: Window) -> Markup:
    row = tag(
        "span",
        tag("i", class_="swatch", style=f"--c:{swatch(entry.colour)}"),
        _name(entry.name),
        tag("b", text, class_="legend-last"),
        class_="legend-row",
        title=f"{entry.name}: {text}",
    )
    targets = links.of_entry(panel, entry.labels, entry.name, window, entry.last)
    return tag("span", row, *links.arrows(targets), class_="legend-pair") if targets else row


def scale(colours: Sequence[str], low: str, high: str, what: str) -> str:
    """A colour bar between two numbers, for heatmaps."""
    steps = ", ".join(colours)
    bar = tag("i", class_="scale-bar", style=f"background:linear-gradient(90deg, {steps})")
    return str(
        tag(
            "div",
            tag("span", low),
            bar,
            tag("span", high),
            tag("span", what, class_="scale-what"),
            class_="legend-scale",
        )
    )


def number(caps: Caps, value: float, series: Series) -> str:
    """A number of the series, without the unit if the title has it; "> 80 s" if its histogram caps it."""
    unit = caps.panel.unit
    return caps.label(units.bare(value, unit), value, unit, series.query, series.labels)


def _row(panel: Panel, index: int, series: Series, caps: Caps, window: Window) -> Markup:
    last, most = number(caps, series.now, series), number(caps, series.max, series)
    title = f"{series.name}: now {last}, largest {most}. Click to isolate."
    row = tag(
        "button",
        tag("i", class_="swatch", style=f"--c:{swatch(series.colour)}"),
        _name(series.name),
        tag("b", last, class_="legend-last"),
        tag("span", f"max {most}", class_="legend-max"),
        type="button",
        class_="legend-row",
        data_series=index,
        title=title,
    )
    targets = links.of_entry(panel, series.labels, series.name, window, series.now)
    beside = [*_drill_arrow(panel, series), *links.arrows(targets)]
    return tag("span", row, *beside, class_="legend-pair") if beside else row


def _drill_arrow(panel: Panel, series: Series) -> Iterator[Markup]:
    value = series.labels.get(panel.drill.label) if panel.drill else None
    if not value:
        return
    yield tag(
        "button",
        "›",
        type="button",
        class_="legend-open",
        data_drill=value,
        aria_label=f"Open {value}",
        title=f"Open {value}",
    )


def _name(name: str) -> Markup:
    """A name in two parts, of which the first gives way: what tells names apart is often at their ends."""
    if len(name) <= 2 * _TAIL:
        return tag("span", name, class_="legend-name")
    head, tail = tag("span", name[:-_TAIL], class_="legend-head"), tag("span", name[-_TAIL:], class_="legend-tail")
    return tag("span", head, tail, class_="legend-name")


def swatch(colour: str) -> str:
    """A colour for CSS: `var(--a)/0.5` becomes a mix with transparent."""
    token, _, alpha = colour.partition("/")
    return f"color-mix(in srgb, {token} {float(alpha) * 100:g}%, transparent)" if alpha else token
