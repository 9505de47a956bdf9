"""The parts of a page and their errors: a part whose query fails shows the error and does not affect the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from pages import components as ui
from panels.markup import join, tag
from queries.core.errors import InvalidInput, QueryError


@dataclass
class PageParts:
    """Collects HTML by part name, and the errors of failed parts."""

    html: dict[str, Markup] = field(default_factory=dict)
    errors: dict[str, QueryError] = field(default_factory=dict)

    def add(self, name: str, render: Callable[[], Markup], title: str = "") -> None:
        """Render a part; if its query fails, the part shows the error below `title`."""
        try:
            self.html[name] = render()
        except QueryError as error:
            message = ui.error_message(error.sentence, error.hint)
            self.html[name] = ui.section(title, message) if title else message
            if not isinstance(error, InvalidInput):
                self.errors[name] = error.without_frames()


def mark_outdated(part: Markup, error: QueryError, loaded_at: float) -> Markup:
    """An older version of a part (loaded at an instant in epoch seconds) with the reason why it is outdated."""
    notice = (f"{error.sentence} These are the results of ", ui.moment(int(loaded_at * 1e9)), ".")
    return join([tag("p", *notice, class_="notes partial outdated"), part])
