"""The state of a dashboard ↔ the query string: the URL is the only place where state lives.

`from`, `to`, `compare` and the filters choose data, `<panel>.sort`, `<panel>.search` and `<panel>.page` the rows of a
panel; they make up the canonical data address. `refresh`, `theme` and `tz` only concern the browser and never reach it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlencode

from pages.choices import COMPARISONS
from panels.row_choice import FIELDS, has_rows, sortable_ids
from panels.spec import Dashboard, Panel, RowChoice, Table
from queries.core.errors import InvalidInput
from queries.core.time_range import DAY, TimeRange, Window, align, choose_step
from queries.metrics.request import Filters

# Points a chart can show, by class of screen width; a few classes, so that viewers share entries.
WIDTHS: Final = {"s": 150, "m": 300, "l": 600}
MAX_VALUES: Final = 50
MAX_VALUE_LENGTH: Final = 1_000  # characters; an address of a few such values still passes proxies
MAX_SEARCH_LENGTH: Final = 100
MAX_PAGE: Final = 9_999


@dataclass(frozen=True)
class State:
    """What a viewer has chosen on a board."""

    range: TimeRange = TimeRange()
    filters: Filters = field(default_factory=dict)
    compare: str = ""
    width: str = "m"
    rows: Mapping[str, RowChoice] = field(default_factory=dict)  # by the panel's id, without those that choose nothing

    def of(self, panels: Sequence[Panel]) -> State:
        """What concerns these panels, so that they are drawn once for all who look at the same rows of them."""
        ids = {panel.id for panel in panels}
        return replace(self, rows={name: choice for name, choice in self.rows.items() if name in ids})


def parse(parameters: Mapping[str, Sequence[str]], board: Dashboard) -> State:
    """State from query parameters (each name with all its values). Raises InvalidInput naming the parameter.

    Unknown parameters are ignored: links live longer than versions.
    """
    start = _single_value(parameters, "from", board.range)
    end = _single_value(parameters, "to", "now")
    compare = _choice(parameters, "compare", ("", *COMPARISONS), "")
    width = _choice(parameters, "w", tuple(WIDTHS), "m")
    time_range = TimeRange(start, end)
    time_range.resolve(2_000_000_000)  # readable, and in order
    return State(time_range, _filters(parameters, board), compare, width, dict(_rows(parameters, board)))


def canonical(state: State) -> str:
    """The query string that everyone who looks at the same data shares: fixed order, sorted values."""
    pairs = [("from", state.range.start), ("to", state.range.end), ("w", state.width)]
    if state.compare:
        pairs.append(("compare", state.compare))
    pairs += [(name, value) for name in sorted(state.filters) for value in sorted(state.filters[name])]
    pairs += [pair for panel_id in sorted(state.rows) for pair in _row_pairs(panel_id, state.rows[panel_id])]
    return urlencode(pairs, quote_via=quote, safe=":/")


def selectable(values: Sequence[str]) -> tuple[str, ...]:
    """The values that an address may carry as a filter; a longer one would be refused when it is chosen."""
    return tuple(value for value in values if value and len(value) <= MAX_VALUE_LENGTH)


def window(state: State, now: float, scrape_interval: int, zone_offset: int = 0) -> Window:
    """The aligned window of a state at the frozen instant `now`."""
    start, end = state.range.resolve(now)
    step = choose_step(end - start, WIDTHS[state.width], scrape_interval)
    return align(start, end, step, scrape_interval, zone_offset)


def compare_shift(state: State, of: Window) -> int:
    """How many seconds earlier the comparison looks; 0 for none."""
    return {"": 0, "period": of.seconds + of.step, "day": DAY, "week": 7 * DAY}[state.compare]


def _single_value(parameters: Mapping[str, Sequence[str]], name: str, default: str) -> str:
    values = [value for value in parameters.get(name, ()) if value]
    if len(values) > 1:
        raise InvalidInput(name, f"“{name}” is given {len(values)} times in the address.", "Leave one.")
    return values[0] if values else default


def _choice(parameters: Mapping[str, Sequence[str]], name: str, known: tuple[str, ...], default: str) -> str:
    value = _single_value(parameters, name, default)
    if value not in known:
        choices = ", ".join(choice for choice in known if choice)
        raise InvalidInput(name, f"“{value[:40]}” is not known for “{name}”.", f"Choose one of: {choices}.")
    return value


def _filters(parameters: Mapping[str, Sequence[str]], board: Dashboard) -> Filters:
    chosen = {}
    for name in board.filters:
        values = sorted({value for value in parameters.get(name, ()) if value})
        if len(values) > MAX_VALUES:
            raise InvalidInput(name, f"{len(values)} values of “{name}” are chosen.", f"Choose {MAX_VALUES} at most.")
        if any(len(value) > MAX_VALUE_LENGTH for value in values):
            raise InvalidInput(name, f"A value of “{name}” is longer than {MAX_VALUE_LENGTH} characters.")
        if values:
            chosen[name] = tuple(values)
    return chosen


def row_parameters(board: Dashboard) -> tuple[str, ...]:
    """The names of the parameters that choose rows, in the order of the canonical address."""
    return tuple(sorted(f"{panel.id}.{name}" for panel in board.panels if has_rows(panel.view) for name in FIELDS))


def _row_pairs(panel_id: str, choice: RowChoice) -> list[tuple[str, str]]:
    values = {"page": str(choice.page) if choice.page > 1 else "", "search": choice.search, "sort": choice.sort}
    return [(f"{panel_id}.{name}", values[name]) for name in FIELDS if values[name]]


def _rows(parameters: Mapping[str, Sequence[str]], board: Dashboard) -> Iterator[tuple[str, RowChoice]]:
    for panel in board.panels:
        if has_rows(panel.view):
            search = _search(parameters, f"{panel.id}.search")
            choice = RowChoice(_sort(parameters, panel), search, _page(parameters, f"{panel.id}.page"))
            if choice != RowChoice():
                yield panel.id, choice


def _sort(parameters: Mapping[str, Sequence[str]], panel: Panel) -> str:
    if not isinstance(panel.view, Table):
        return ""
    known = sortable_ids(panel.view)
    return _choice(parameters, f"{panel.id}.sort", (*known, *(f"-{name}" for name in known), ""), "")


def _search(parameters: Mapping[str, Sequence[str]], name: str) -> str:
    text = " ".join(_single_value(parameters, name, "").split())
    if len(text) > MAX_SEARCH_LENGTH:
        length = f"“{name}” is longer than {MAX_SEARCH_LENGTH} characters."
        raise InvalidInput(name, length, "Write a part of the name.")
    return text


def _page(parameters: Mapping[str, Sequence[str]], name: str) -> int:
    text = _single_value(parameters, name, "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PAGE):
        raise InvalidInput(name, f"“{text[:40]}” is not a valid page.", f"Write a number from 1 to {MAX_PAGE:,}.")
    return int(text)
