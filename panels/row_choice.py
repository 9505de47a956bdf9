"""Which rows of a panel a viewer looks at: searched by name, page by page, and tables sorted by any column.

All of it happens on the server over every row of the answer, so that the first row of a table is the first of all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from markupsafe import Markup

from panels.markup import tag
from panels.spec import Bars, LabelHeatmap, Panel, RowChoice, Table, View

Entry = TypeVar("Entry")
_DIVIDED: Final = re.compile(r"[^\w]+")
FIELDS: Final = ("page", "search", "sort")  # of an address, each after the panel's id and a dot
KEY_COLUMN: Final = -1  # the place of the column with the names


@dataclass(frozen=True)
class Order:
    """The column that rows are sorted by, KEY_COLUMN for their names."""

    column: int
    descending: bool


@dataclass(frozen=True)
class RowPage(Generic[Entry]):
    """The entries of a page; `first` counts from zero, `matching` are those that the search leaves of `total`."""

    entries: Sequence[Entry]
    first: int
    matching: int
    total: int
    choice: RowChoice

    @property
    def is_whole(self) -> bool:
        """Whether every row is on the page."""
        return len(self.entries) == self.total and not self.choice.search


def has_rows(view: View) -> bool:
    """Whether a viewer can choose rows of the view."""
    return isinstance(view, (Table, LabelHeatmap, Bars))


def column_ids(view: Table) -> tuple[str, ...]:
    """What an address calls the columns, that with the names first: “Share of time” is share-of-time."""
    ids: list[str] = []
    for title in (view.keys[0], *(column.title for column in view.columns)):
        plain = _DIVIDED.sub("-", title.casefold()).strip("-") or "column"
        ids.append(f"{plain}-{len(ids)}" if plain in ids else plain)
    return tuple(ids)


def sortable_ids(view: Table) -> tuple[str, ...]:
    """The columns that a table can be sorted by; those of sparklines cannot."""
    key, *others = column_ids(view)
    return key, *(name for name, column in zip(others, view.columns, strict=True) if not column.spark)


def usual_order(view: Table) -> Order:
    """The order without a choice."""
    return Order(view.sort, view.descending)


def chosen_order(view: Table, choice: RowChoice) -> Order:
    """The order that a choice names; the usual one where the table has no such column."""
    name, descending = choice.sort.removeprefix("-"), choice.sort.startswith("-")
    if name not in sortable_ids(view):
        return usual_order(view)
    return Order(column_ids(view).index(name) - 1, descending)


def sort_link(panel: Panel, view: Table, column: int, current: Order) -> str:
    """The change of the address that sorts by a column: the largest first, names by the alphabet; again turns it."""
    descending = not current.descending if column == current.column else column != KEY_COLUMN
    name = column_ids(view)[column + 1]
    text = "" if Order(column, descending) == usual_order(view) else f"{'-' if descending else ''}{name}"
    return f"{panel.id}.sort={text}&{panel.id}.page="


def page_of(entries: Sequence[Entry], names: Sequence[str], top: int, choice: RowChoice) -> RowPage[Entry]:
    """The chosen page of the entries whose name has the search; the last one where there are fewer pages."""
    words = choice.search.casefold().split()
    matching = [
        entry for entry, name in zip(entries, names, strict=True) if all(word in name.casefold() for word in words)
    ]
    last = max(1, -(-len(matching) // top))
    page = min(choice.page, last)
    first = (page - 1) * top
    return RowPage(matching[first : first + top], first, len(matching), len(entries), replace(choice, page=page))


def pager(panel: Panel, page: RowPage[Entry]) -> str:
    """Which rows are shown of how many, and ways to the others; empty where all are."""
    if page.is_whole:
        return ""
    last = page.first + len(page.entries)
    rest = page.matching - last
    buttons = [
        _button(panel, page.choice.page - 1, "Previous", "‹ Previous", is_open=page.first > 0),
        _button(panel, page.choice.page + 1, "Next", f"and {rest} more ›" if rest else "Next ›", is_open=rest > 0),
    ]
    ways = buttons if page.first or rest else []
    text = tag("span", _extent(page), class_="row-pager-text")
    return str(tag("div", text, *ways, class_="row-pager", role="group", aria_label=f"Rows of {panel.title}"))


def _extent(page: RowPage[Entry]) -> str:
    if not page.matching:
        return f"None of {page.total} rows matches"
    numbers = f"{page.first + 1}–{page.first + len(page.entries)}" if len(page.entries) > 1 else f"{page.first + 1}"
    return f"{numbers} of {page.matching}{f' matches in {page.total}' if page.choice.search else ''}"


def _button(panel: Panel, number: int, name: str, text: str, *, is_open: bool) -> Markup:
    return tag(
        "button",
        text,
        type="button",
        class_="row-pager-button",
        data_rows=f"{panel.id}.page={number if number > 1 else ''}",
        data_keep_focus=f"pager-{name}",
        aria_label=f"{name} rows of {panel.title}",
        disabled=None if is_open else "",
    )
