"""Types that results of the log and trace stores share: filters, counts, facets, and the quality of a result.

Instants are epoch nanoseconds (int); ranges are half open: start ≤ instant < end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

NANO: Final = 1_000_000_000


@dataclass(frozen=True)
class Range:
    """A half-open range of epoch nanoseconds."""

    start_ns: int
    end_ns: int

    @staticmethod
    def of_seconds(start: float, end: float) -> Range:
        """From epoch seconds, as `TimeRange.resolve` gives them."""
        return Range(int(start * 1_000_000) * 1_000, int(end * 1_000_000) * 1_000)

    @property
    def seconds(self) -> float:
        """The width."""
        return (self.end_ns - self.start_ns) / NANO


class Position(NamedTuple):
    """Where a line stands in its store's order: unique, and the same in every process and at any time.

    `at_ns` is the line's time in the store's resolution; `place` (a file or an index), `sequence` (the order of
    arrival in it) and `id` tell lines of the same instant apart.
    """

    at_ns: int
    place: str
    sequence: int
    id: str


@dataclass(frozen=True)
class Filter:
    """A field has one of the values or, if `negated`, none of them. Empty `values`: the field exists."""

    field: str
    values: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Quality:
    """Completeness of a result. `partial`: something is missing; the notes tell the user what."""

    partial: bool = False
    notes: tuple[str, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True)
class Count:
    """A number of hits; `exact` is False if counting stopped at a limit ("more than 10,000")."""

    value: int
    exact: bool = True


@dataclass(frozen=True)
class FacetValue:
    """One value of a field and how many lines or spans carry it."""

    value: str
    count: int


@dataclass(frozen=True)
class Facet:
    """The most frequent values of a field; `others` counts what the listed values leave out, -1 when unknown."""

    field: str
    values: tuple[FacetValue, ...]
    others: int = 0


@dataclass(frozen=True)
class FieldInfo:
    """A field that can be searched; `kind` is text, number, time or flag; `count` of lines where known, else 0."""

    name: str
    kind: str = "text"
    count: int = 0


@dataclass(frozen=True)
class FieldList:
    """Fields for completion, most frequent first; `more` counts those that the limit left out."""

    fields: tuple[FieldInfo, ...]
    more: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class SignificantValue:
    """A value that is more frequent in the selection than around it.

    `score` is JLH, Elasticsearch's default: (share in the selection − share in all) × (share in the selection / share
    in all). Shares of the rest follow from the totals in `SignificantValues`.
    """

    field: str
    value: str
    in_selection: int
    in_rest: int
    score: float


@dataclass(frozen=True)
class SignificantValues:
    """What is different about a selection, most outstanding first."""

    values: tuple[SignificantValue, ...]
    selection_total: int
    rest_total: int
    quality: Quality = field(default_factory=Quality)


def jlh(in_selection: int, selection: int, in_all: int, total: int) -> float:
    """The JLH score from counts; 0 where the value is not more frequent in the selection than in all."""
    if not selection or not total or not in_all:
        return 0.0
    inside, around = in_selection / selection, in_all / total
    return (inside - around) * (inside / around) if inside > around else 0.0


def plain(value: Any) -> Any:
    """A float without a fraction as an int, because 12.0 and 12 are the same value in a filter."""
    return int(value) if type(value) is float and value.is_integer() and abs(value) < 1e15 else value


def text_of(value: Any) -> str:
    """A field's value as text for display and filters: JSON, but strings without quotation marks."""
    if isinstance(value, str):
        return value
    return orjson.dumps(plain(value), default=str).decode(errors="replace")
