"""The parts of a page while they are filled: one whose question fails says so in its place and stops no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from pages import components as ui
from panels.markup import joined, tag
from queries.core.errors import InvalidInput, QueryError


@dataclass
class Parts:
    """HTML by name, and the errors of those parts that have no answer."""

    html: dict[str, Markup] = field(default_factory=dict)
    failed: dict[str, QueryError] = field(default_factory=dict)

    def fill(self, name: str, make: Callable[[], Markup], title: str = "") -> None:
        """Put the part in its place, or the reason why it is missing, under its title."""
        try:
            self.html[name] = make()
        except QueryError as error:
            message = ui.failed(error.sentence, error.hint)
            self.html[name] = ui.section(title, message) if title else message
            if not isinstance(error, InvalidInput):
                self.failed[name] = error.without_frames()


def as_of(part: Markup, error: QueryError, loaded_at: float) -> Markup:
    """A part as it was at an instant (epoch seconds), and why it is not newer."""
    notice = (f"{error.sentence} These are the results of ", ui.moment(int(loaded_at * 1e9)), ".")
    return joined([tag("p", *notice, class_="notes partial outdated"), part])
