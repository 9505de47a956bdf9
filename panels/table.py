"""A table: one row per key, numbers right-aligned, sortable, optionally with a bar or a sparkline in a cell.

Names are links where the panel leads elsewhere; scripts give them the range and the filters of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from markupsafe import Markup

from panels import links, row_choice, units
from panels.histogram import Caps
from panels.markup import join, tag
from panels.row_choice import KEY_COLUMN, Order
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

    @property
    def name(self) -> str:
        """Its labels' values, with what cannot be seen made visible."""
        return " ".join(visible_name(value) for value in self.labels.values() if value)


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """The chosen page of rows, without a choice the first `view.top` by the sort column.

    The status is that of the rows without a choice: what a search hides is as bad as before.
    """
    view = panel.view
    assert isinstance(view, Table)
    every = list(rows(view.keys, frames).values())
    order = row_choice.chosen_order(view, context.rows)
    ranked = _ranked(view, every, order)
    page = row_choice.page_of(ranked, [row.name for row in ranked], view.top, context.rows)
    caps = Caps(panel, context.bounds)
    rating = worst_rating(_ratings(caps, view, _ranked(view, every, row_choice.usual_order(view))[: view.top]))
    return Drawing(
        html=_table(caps, view, every, page.entries, order, context.window) if every else "",
        legend=row_choice.pager(panel, page),
        alt=_alt(caps, view, page.entries, order),
        status=rating.status,
        reason=rating.text,
        notes=threshold_notes(caps, view.columns),
    )


def _table(caps: Caps, view: Table, every: Sequence[Row], visible: Sequence[Row], order: Order, window: Window) -> str:
    """The visible rows; bars and shares refer to every row."""
    sums = [_sum(every, column) for column in view.columns]
    largest = [
        max((abs(row.number(column)) for row in every if row.number(column) == row.number(column)), default=0.0)
        for column in view.columns
    ]
    body = join([_row(caps, view, row, sums, largest, window) for row in visible])
    table = tag("table", tag("thead", _head(caps.panel, view, order)), tag("tbody", body), class_="t")
    empty = [] if visible else [tag("p", "No row has this name.", class_="t-empty")]
    return str(tag("div", table, *empty, class_="t-scroll", data_keep_scroll="", tabindex=0))


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


def _ranked(view: Table, every: Sequence[Row], order: Order) -> list[Row]:
    """Rows in an order; those without a number come last, equal ones by their names."""
    by_name = sorted(every, key=lambda row: tuple(row.labels.values()))
    if order.column == KEY_COLUMN:
        return sorted(by_name, key=lambda row: row.name.casefold(), reverse=order.descending)
    column = view.columns[order.column]
    missing = [row for row in by_name if math.isnan(row.number(column))]
    present = [row for row in by_name if not math.isnan(row.number(column))]
    sign = -1 if order.descending else 1
    return [*sorted(present, key=lambda row: sign * row.number(column)), *missing]


def _sum(every: Sequence[Row], column: Column) -> float:
    return sum(number for row in every if not math.isnan(number := row.number(column)))


def _head(panel: Panel, view: Table, order: Order) -> Markup:
    """Headers are buttons, so that the keyboard can sort as well. Sparkline columns are not sortable."""
    cells = [_header(panel, view, KEY_COLUMN, view.keys[0].capitalize(), order)]
    for number, column in enumerate(view.columns):
        if column.spark:
            cells.append(tag("th", column.title, scope="col", class_="t-spark"))
        else:
            cells.append(_header(panel, view, number, column.title, order))
    return tag("tr", join(cells))


def _header(panel: Panel, view: Table, column: int, title: str, order: Order) -> Markup:
    direction = "descending" if order.descending else "ascending"
    link = row_choice.sort_link(panel, view, column, order)
    button = tag("button", title, type="button", class_="t-sort", data_rows=link, data_keep_focus=f"sort-{column}")
    look = "t-key" if column == KEY_COLUMN else "t-number"
    return tag("th", button, scope="col", aria_sort=direction if column == order.column else "none", class_=look)


def _linked(caps: Caps, view: Table, row: Row, window: Window) -> Markup:
    """The name of a row as a link to where the panel leads, else as its first link, and the others beside it."""
    value = row.number(view.columns[view.sort])
    targets = links.of_entry(caps.panel, row.labels, row.name, window, value)
    drilled = caps.panel.drill
    drill = row.labels.get(drilled.label) if drilled else None
    if drilled and drill:
        address = f"{drilled.page}?{quote(drilled.parameter or drilled.label)}={quote(drill, safe='')}"
        name = tag("a", _names(row), href=address, class_="t-open", data_keep_focus=f"row-{row.name}")
        return join([name, *links.arrows(targets)])
    return links.around(targets, _names(row))


def _row(caps: Caps, view: Table, row: Row, sums: Sequence[float], largest: Sequence[float], window: Window) -> Markup:
    drill = row.labels.get(caps.panel.drill.label) if caps.panel.drill else None
    cells = [tag("th", _linked(caps, view, row, window), scope="row", class_="t-key", title=row.name)]
    for number, column in enumerate(view.columns):
        targets = value_links(column, row, window)
        cells.append(_cell(caps, column, row, sums[number], largest[number], targets))
    return tag("tr", join(cells), data_drill=drill or None)


def _names(row: Row) -> Markup:
    values = [visible_name(value) for value in row.labels.values() if value]
    names = [tag("span", value, class_="t-name" if number == 0 else "t-more") for number, value in enumerate(values)]
    return join(names or [tag("span", units.MISSING, class_="t-name")])


def value_links(column: Column, row: Row, window: Window) -> tuple[links.Target, ...]:
    """The links of a column with the value of a row; none without a value."""
    value = row.number(column)
    if math.isnan(value):
        return ()
    template = links.targets(column.links, row.labels, row.name, window, f"{{{{{links.VALUE}}}}}")
    return links.last_value(template, value)


def _cell(
    caps: Caps, column: Column, row: Row, whole: float, largest: float, targets: Sequence[links.Target]
) -> Markup:
    if column.spark:
        course = row.course.get(column.query)
        drawn = sparkline(course, ceiling=column.ceiling) if course is not None else Markup("")
        return tag("td", links.around(targets, drawn), class_="t-spark", data_title=column.title)
    value = row.number(column)
    if column.share:
        value = 100 * value / whole if whole > 0 else math.nan
        largest = 100 * largest / whole if whole > 0 else 0.0
    text = _share_text(value) if column.share else cell_text(caps, column, row)
    status = Status.NONE if column.share and math.isnan(value) else cell_status(caps, column, row)
    parts = [_bar(value, largest, column)] if column.bar else []
    worrying = status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL)
    number = tag(
        "span",
        *([icon(status)] if worrying else []),
        links.around(targets, text),
        class_="t-value",
        title=word(status) if worrying else None,
    )
    return tag(
        "td",
        *parts,
        number,
        class_="t-number",
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


def _alt(caps: Caps, view: Table, visible: Sequence[Row], order: Order) -> str:
    if not visible:
        return f"{caps.panel.title}: no data."
    first = view.columns[view.sort if order.column == KEY_COLUMN else order.column]
    parts = [f"{' '.join(v for v in row.labels.values() if v)} {cell_text(caps, first, row)}" for row in visible[:5]]
    return f"{caps.panel.title}, {len(visible)} rows by {first.title}: {', '.join(parts)}."
