"""Tables of the alerts page, which can be scrolled on a phone, by keyboard too."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from panels.markup import tag


def row(*cells: Markup | str, class_: str | None = None) -> Markup:
    """A row of a table."""
    return tag("tr", *(tag("td", cell) for cell in cells), class_=class_)


def table(name: str, head: Sequence[str], rows: Sequence[Markup], class_: str = "rows") -> Markup:
    """A table with a heading; `name` is read to those who reach it by keyboard."""
    heading = tag("thead", tag("tr", *(tag("th", text) for text in head)))
    content = tag("table", heading, tag("tbody", *rows), class_=class_)
    return tag("div", content, class_="scroll", tabindex=0, role="group", aria_label=name)
