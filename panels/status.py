"""How statuses are displayed: a shape, a word and a colour each, so that colour is never the only indicator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from panels.markup import tag
from panels.spec import Status

Words = tuple[tuple[Status, str], ...]

WORDS: Final[Mapping[Status, str]] = {
    Status.NONE: "",
    Status.GOOD: "normal",
    Status.WARNING: "warning",
    Status.SERIOUS: "serious",
    Status.CRITICAL: "critical",
    Status.UNKNOWN: "unknown",
}
WORST_FIRST: Final = (
    Status.CRITICAL,
    Status.SERIOUS,
    Status.WARNING,
    Status.UNKNOWN,
    Status.GOOD,
    Status.NONE,
)
_OPEN: Final = '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="none" stroke="currentColor" '
_ROUND: Final = 'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
# Distinguishable by their outline alone: circle, triangle, diamond, octagon, dashed circle.
_SHAPES: Final[Mapping[Status, str]] = {
    Status.GOOD: '<circle cx="8" cy="8" r="6.4"/><path d="M5.2 8.2l2 2 3.6-4"/>',
    Status.WARNING: '<path d="M8 1.8l6.6 12H1.4z"/><path d="M8 6.4v3.4M8 11.8v.01"/>',
    Status.SERIOUS: '<path d="M8 1.2L14.8 8 8 14.8 1.2 8z"/><path d="M8 4.8v3.8M8 10.9v.01"/>',
    Status.CRITICAL: '<path fill="currentColor" d="M5.2 1.4h5.6l3.8 3.8v5.6l-3.8 3.8H5.2l-3.8-3.8V5.2z"/>'
    '<path stroke="var(--surface)" d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
    Status.UNKNOWN: '<circle cx="8" cy="8" r="6.4" stroke-dasharray="2.4 2.2"/>'
    '<path d="M6.4 6.4a1.6 1.6 0 1 1 2.3 1.5c-.5.3-.7.6-.7 1.1M8 11.4v.01"/>',
}


def icon(status: Status) -> Markup:
    """The status' shape as inline SVG in the colour of the text; empty for NONE."""
    shape = _SHAPES.get(status)
    return Markup(f"{_OPEN}{_ROUND}{shape}</svg>") if shape else Markup("")  # noqa: S704 - constants only


def mark(status: Status, words: Words = ()) -> Markup:
    """Shape and word in the status' colour; empty for NONE."""
    if status is Status.NONE:
        return Markup("")
    return tag("span", icon(status), tag("span", word(status, words)), class_="status", data_status=status)


def word(status: Status, words: Words = ()) -> str:
    """The word for a status: the view's word if it has one."""
    return dict(words).get(status, WORDS[status])


@dataclass(frozen=True)
class Rating:
    """The status of one value and what it is about: “anthropic down”."""

    status: Status
    text: str = ""


def worst_rating(ratings: Iterable[Rating]) -> Rating:
    """The first rating with the worst status; a rating of NONE if there are no ratings."""
    return min(ratings, key=lambda rating: WORST_FIRST.index(rating.status), default=Rating(Status.NONE))
