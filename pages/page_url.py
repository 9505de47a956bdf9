"""The address of an exploring page ↔ what it asks: the query string holds all state, and is the same for everyone.

`from` and `to` are the range; `f=field:value` is a filter (`-` before it: not that value; a backslash before a colon
that belongs to the field's name; nothing after the colon: the field is there). Every page has further names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlencode

from pages.choices import PERSONAL
from queries.core.errors import InvalidInput
from queries.core.time_range import TimeRange, choose_step
from queries.search.results import Filter, Range

MAX_FILTERS: Final = 40
MAX_LENGTH: Final = 2_000  # characters of one value
GRIDS_IN_RANGE: Final = 200  # a relative range moves on in steps of about a 200th of its width
_FILTER: Final = re.compile(r"(-?)((?:\\.|[^\\:])+):(.*)", re.DOTALL)


@dataclass(frozen=True)
class PageUrl:
    """A page's path and parameters; `now` is the frozen instant of the request in epoch seconds."""

    path: str
    now: float
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, name: str, default: str = "") -> str:
        """The value of a parameter. Raises InvalidInput when it is given twice."""
        values = self.parameters.get(name, ())
        if len(values) > 1:
            raise InvalidInput(name, f"“{name}” is given {len(values)} times in the address.", "Leave one.")
        return values[0] if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a parameter."""
        return self.parameters.get(name, ())

    def choice(self, name: str, known: Sequence[str], default: str = "") -> str:
        """One of the known values. Raises InvalidInput."""
        value = self.value(name, default)
        if value not in (*known, default):
            raise InvalidInput(
                name, f"“{value[:40]}” is not known for “{name}”.", f"Choose one of: {', '.join(known)}."
            )
        return value

    def number(self, name: str) -> float | None:
        """A finite number of at least zero, None without one. Raises InvalidInput."""
        text = self.value(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value < 1e12:
            raise InvalidInput(name, f"“{text[:40]}” is not a valid number for “{name}”.", "Write digits such as 250.")
        return value

    @property
    def time_range(self) -> TimeRange:
        """As it is written."""
        return TimeRange(self.value("from", "now-1h"), self.value("to", "now"))

    @property
    def grid(self) -> int:
        """Seconds in which a relative range moves on; 1 for an absolute one."""
        start, end = self.time_range.resolve(self.now)
        return choose_step(end - start, GRIDS_IN_RANGE, 5) if self.time_range.is_relative else 1

    @property
    def range(self) -> Range:
        """The range, aligned outwards to the grid so that viewers ask the same. Raises InvalidInput."""
        start, end = self.time_range.resolve(self.now)
        grid = self.grid
        return Range.of_seconds(math.floor(start / grid) * grid, math.ceil(end / grid) * grid)

    @property
    def max_age(self) -> float:
        """Seconds until the same address means another question."""
        if not self.time_range.is_relative:
            return 60.0
        return max(1.0, min(60.0, self.grid - self.now % self.grid))

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Filters by field and sign, each with all its values. Raises InvalidInput."""
        grouped: dict[tuple[str, bool], list[str]] = {}
        for text in self.all("f"):
            name, value, negated = split_filter(text)
            grouped.setdefault((name, negated), []).append(value)
        return tuple(
            Filter(name, () if "" in values else tuple(values), negated) for (name, negated), values in grouped.items()
        )

    def href(self, path: str = "", **changes: str | float | Iterable[str] | None) -> str:
        """This address with other values (None or empty: without); pages of lists begin anew."""
        values: dict[str, tuple[str, ...]] = {**self.parameters, "cursor": ()}
        for name, change in changes.items():
            name = name.rstrip("_")
            if change is None or isinstance(change, (str, int, float)):
                values[name] = (str(change),) if change not in (None, "") else ()
            else:
                values[name] = tuple(change)
        return build_url(path or self.path, values)

    def with_filter(self, name: str, value: str, *, negated: bool = False) -> str:
        """The address with one more filter."""
        text = format_filter(name, value, negated)
        return self.href(f=[*(other for other in self.all("f") if other != text), text])

    def without_filter(self, text: str) -> str:
        """The address without a filter, as it is written in it."""
        return self.href(f=[other for other in self.all("f") if other != text])

    def to_page(self, path: str, *names: str, **changes: str | float | Iterable[str] | None) -> str:
        """Another page with the range and the named parameters kept."""
        parameters = {name: value for name, value in self.parameters.items() if name in ("from", "to", *names)}
        return replace(self, parameters=parameters).href(path, **changes)


def parse_url(path: str, parameters: Mapping[str, Sequence[str]], now: float) -> PageUrl:
    """An address from query parameters. Raises InvalidInput for what is too long, too much, or no range."""
    accepted = {}
    for name, values in parameters.items():
        distinct = tuple(dict.fromkeys(value for value in values if value))
        if len(distinct) > MAX_FILTERS:
            raise InvalidInput(name, f"“{name}” has {len(distinct)} values.", f"Choose {MAX_FILTERS} at most.")
        if any(len(value) > MAX_LENGTH for value in distinct):
            raise InvalidInput(name, f"“{name}” has a value of more than {MAX_LENGTH:,} characters.")
        if distinct and name not in PERSONAL:
            accepted[name] = distinct
    url = PageUrl(path, now, accepted)
    url.time_range.resolve(now)
    return url


def canonical(url: PageUrl) -> str:
    """The key that all requests for the same page share."""
    return build_url(url.path, {name: url.parameters[name] for name in sorted(url.parameters)})


def build_url(path: str, parameters: Mapping[str, Iterable[str]]) -> str:
    """Path and query."""
    pairs = [(name, value) for name, entries in parameters.items() for value in entries]
    return path + ("?" + urlencode(pairs, quote_via=quote, safe=":/") if pairs else "")


def format_filter(name: str, value: str, negated: bool = False) -> str:
    """A filter as it stands in an address."""
    return ("-" if negated else "") + name.replace("\\", "\\\\").replace(":", "\\:") + ":" + value


def split_filter(text: str) -> tuple[str, str, bool]:
    """Field, value and whether it is negated. Raises InvalidInput."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise InvalidInput("f", f"“{text[:60]}” is not a valid filter.", "Write f=field:value.")
    name = re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL)
    return name, match[3], bool(match[1])
