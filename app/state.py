"""The state of a dashboard ↔ the query string: the URL is the only place where state lives.

`from`, `to`, `compare` and the filters choose data and make up the canonical data address; `refresh`, `theme`
and `tz` only concern the browser and never reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from pages.choices import COMPARISONS
from panels.spec import Dashboard
from queries.core.errors import InvalidInput
from queries.core.time_range import DAY, TimeRange, Window, align, choose_step
from queries.metrics.request import Filters

# Points a chart can show, by class of screen width; a few classes, so that viewers share entries.
WIDTHS: Final = {"s": 150, "m": 300, "l": 600}
MAX_VALUES: Final = 50
MAX_VALUE_LENGTH: Final = 1_000  # characters; an address of a few such values still passes proxies


@dataclass(frozen=True)
class State:
    """What a viewer has chosen on a board."""

    range: TimeRange = TimeRange()
    filters: Filters = field(default_factory=dict)
    compare: str = ""
    width: str = "m"


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
    return State(time_range, _filters(parameters, board), compare, width)


def canonical(state: State) -> str:
    """The query string that everyone who looks at the same data shares: fixed order, sorted values."""
    pairs = [("from", state.range.start), ("to", state.range.end), ("w", state.width)]
    if state.compare:
        pairs.append(("compare", state.compare))
    pairs += [(name, value) for name in sorted(state.filters) for value in sorted(state.filters[name])]
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
