"""A table: one row per key, numbers right-aligned, sortable, optionally with a bar or a sparkline in a cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from panels import links, units
from panels.histogram import Caps
from panels.markup import join, tag
from panels.sparkline import sparkline
from panels.spec import Column, DrawContext, Drawing, Frames, Panel, Status, Table, Unit
from panels.status import Rating, icon, word, worst_rating
from panels.visible import visible_name
from queries.core.time_range import Window
from queries.metrics.frame import Floats, Labels

Key = tuple[str, ...]


@dataclass
class Row:
    """The labels of a row, and for each query its last number and its values over time."""

    labels: Labels
    last: dict[int, float] = field(default_factory=dict)
    course: dict[int, Floats] = field(default_factory=dict)

    def number(self, column: Column) -> float:
        """The number of a column, NaN if its query has no series for this row."""
        return self.last.get(column.query, math.nan)


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """The largest `view.top` rows by the sort column."""
    view = panel.view
    assert isinstance(view, Table)
    every = list(rows(view.keys, frames).values())
    every.sort(key=lambda row: _rank(view, row))
    top_rows = every[: view.top]
    sums = [_sum(every, column) for column in view.columns]
    largest = [
        max((abs(row.number(column)) for row in every if row.number(column) == row.number(column)), default=0.0)
        for column in view.columns
    ]
    caps = Caps(panel, context.bounds)
    body = join([_row(caps, view, row, sums, largest, context.window) for row in top_rows])
    table = tag("table", tag("thead", _head(view)), tag("tbody", body), class_="t")
    rating = worst_rating(_ratings(caps, view, top_rows))
    return Drawing(
        html=str(tag("div", table, class_="t-scroll", data_keep_scroll="", tabindex=0)) if top_rows else "",
        alt=_alt(caps, view, top_rows),
        status=rating.status,
        reason=rating.text,
        notes=(*_left_out(top_rows, every), *threshold_notes(caps, view.columns)),
    )


def _ratings(caps: Caps, view: Table, top_rows: Sequence[Row]) -> Iterator[Rating]:
    for row in top_rows:
        for column in view.columns:
            value = row.number(column)
            if not math.isnan(value):
                name = " ".join(label for label in row.labels.values() if label)
                yield Rating(cell_status(caps, column, row), f"{name}, {column.title} {cell_text(caps, column, row)}")


def rows(keys: Sequence[str], frames: Frames) -> Mapping[Key, Row]:
    """Every frame's series join by the values of `keys`, in order of appearance."""
    by_key: dict[Key, Row] = {}
    for query, frame in enumerate(frames):
        last = frame.last()
        for index, labels in enumerate(frame.labels):
            key = tuple(labels.get(name, "") for name in keys)
            row = by_key.setdefault(key, Row({name: labels.get(name, "") for name in keys}))
            row.last[query] = float(last[index])
            row.course[query] = frame.values[index]
    return by_key


def cell_text(caps: Caps, column: Column, row: Row) -> str:
    """A number in its column's unit; "> 80 s" when it is the cap of a histogram."""
    value = row.number(column)
    if math.isnan(value):
        return units.MISSING
    text = units.precise_percent(value) if column.unit is Unit.PERCENT else units.write(value, column.unit)
    return caps.label(text, value, column.unit, column.query, row.labels)


def cell_status(caps: Caps, column: Column, row: Row) -> Status:
    """The status of a row's number in a column; NONE if there is no number."""
    value = row.number(column)
    return (
        Status.NONE
        if math.isnan(value)
        else caps.status(column.thresholds, value, column.unit, column.query, row.labels)
    )


def threshold_notes(caps: Caps, columns: Sequence[Column]) -> tuple[str, ...]:
    """Notes about the columns' thresholds, without duplicates."""
    return tuple(
        dict.fromkeys(note for column in columns for note in caps.notes(column.thresholds, column.unit, column.query))
    )


def _left_out(top_rows: Sequence[Row], every: Sequence[Row]) -> tuple[str, ...]:
    return (f"Showing {len(top_rows)} of {len(every)}",) if len(every) > len(top_rows) else ()


def _rank(view: Table, row: Row) -> tuple[bool, float, Key]:
    value = row.number(view.columns[view.sort])
    missing = math.isnan(value)
    return missing, 0.0 if missing else (-value if view.descending else value), tuple(row.labels.values())


def _sum(every: Sequence[Row], column: Column) -> float:
    return sum(number for row in every if not math.isnan(number := row.number(column)))


def _head(view: Table) -> Markup:
    """Headers are buttons, so that the keyboard can sort as well. Sparkline columns are not sortable."""
    cells = [_header(view.keys[0].capitalize(), "t-key", "none")]
    for number, column in enumerate(view.columns):
        if column.spark:
            cells.append(tag("th", column.title, scope="col", class_="t-spark"))
            continue
        order = ("descending" if view.descending else "ascending") if number == view.sort else "none"
        cells.append(_header(column.title, "t-number", order))
    return tag("tr", join(cells))


def _header(title: str, look: str, order: str) -> Markup:
    button = tag("button", title, type="button", class_="t-sort")
    return tag("th", button, scope="col", data_sortable="", aria_sort=order, class_=look)


def _linked(caps: Caps, view: Table, row: Row, name: Markup | str, title: str, window: Window) -> Markup | str:
    """The name of a row as its first link, and the others beside it."""
    value = row.number(view.columns[view.sort])
    targets = links.last_value(links.of_series(caps.panel, row.labels, title, window), value)
    return join([links.anchor(targets[0], name, "t-link"), *links.arrows(targets[1:])]) if targets else name


def _row(caps: Caps, view: Table, row: Row, sums: Sequence[float], largest: Sequence[float], window: Window) -> Markup:
    values = [visible_name(value) for value in row.labels.values() if value]
    names = [tag("span", value, class_="t-name" if number == 0 else "t-more") for number, value in enumerate(values)]
    title = " ".join(values)
    key = _linked(caps, view, row, join(names) if names else units.MISSING, title, window)
    cells = [tag("th", key, scope="row", class_="t-key", title=title, data_sort=title)]
    for number, column in enumerate(view.columns):
        cells.append(_cell(caps, column, row, sums[number], largest[number]))
    drill = row.labels.get(drilled.label) if (drilled := caps.panel.drill) else None
    return tag("tr", join(cells), data_drill=drill, tabindex=0 if drill else None)


def _cell(caps: Caps, column: Column, row: Row, whole: float, largest: float) -> Markup:
    if column.spark:
        course = row.course.get(column.query)
        drawn = sparkline(course) if course is not None else Markup("")
        return tag("td", drawn, class_="t-spark", data_title=column.title)
    value = row.number(column)
    if column.share:
        value = 100 * value / whole if whole > 0 else math.nan
        largest = 100 * largest / whole if whole > 0 else 0.0
    text = _share_text(value) if column.share else cell_text(caps, column, row)
    status = Status.NONE if column.share and math.isnan(value) else cell_status(caps, column, row)
    parts = [_bar(value, largest, column)] if column.bar else []
    worrying = status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL)
    number = tag(
        "span", *([icon(status)] if worrying else []), text, class_="t-value", title=word(status) if worrying else None
    )
    return tag(
        "td",
        *parts,
        number,
        class_="t-number",
        data_sort="" if math.isnan(value) else f"{value:.6g}",
        data_title=column.title,
        data_status=status if worrying else None,
    )


def _share_text(value: float) -> str:
    return units.MISSING if math.isnan(value) else f"{units.digits(value, 2 if value < 10 else 3)} %"


def _bar(value: float, largest: float, column: Column) -> Markup:
    """A bar behind the number, relative to 100 for percentages, else to the largest row."""
    full = 100.0 if column.unit is Unit.PERCENT and not column.share else largest
    width = 0.0 if math.isnan(value) or full <= 0 else 100 * min(abs(value) / full, 1.0)
    return tag("span", tag("i", style=f"width:{width:.1f}%"), class_="t-bar", aria_hidden="true")


def _alt(caps: Caps, view: Table, top_rows: Sequence[Row]) -> str:
    if not top_rows:
        return f"{caps.panel.title}: no data."
    first = view.columns[view.sort]
    parts = [f"{' '.join(v for v in row.labels.values() if v)} {cell_text(caps, first, row)}" for row in top_rows[:5]]
    return f"{caps.panel.title}, {len(top_rows)} rows by {first.title}: {', '.join(parts)}."
