"""Tables of the alerts page, which can be scrolled on a phone, by keyboard too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from panels.markup import tag
from panels.visible import visible_name

# Other columns or the heading have them.
_NOT_LISTED: Final = frozenset({"alertname", "severity", "team"})


def labels_text(labels: Mapping[str, str]) -> str:
    """The labels that tell alerts of a rule apart, as the text of a cell."""
    return ", ".join(f"{name} {visible_name(value)}" for name, value in labels.items() if name not in _NOT_LISTED)


def row(*cells: Markup | str, class_: str | None = None) -> Markup:
    """A row of a table."""
    return tag("tr", *(tag("td", cell) for cell in cells), class_=class_)


def table(name: str, head: Sequence[str], rows: Sequence[Markup], class_: str = "rows") -> Markup:
    """A table with a heading; `name` is read to those who reach it by keyboard."""
    heading = tag("thead", tag("tr", *(tag("th", text) for text in head)))
    content = tag("table", heading, tag("tbody", *rows), class_=class_)
    return tag("div", content, class_="scroll", tabindex=0, role="group", aria_label=name)
