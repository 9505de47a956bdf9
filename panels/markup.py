"""HTML from values: every text is escaped unless it is already `Markup`, so hostile labels are shown as text."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup, escape

VOID: Final = frozenset(("br", "hr", "img", "input"))


def tag(element: str, /, *children: str | Markup, **attributes: str | int | float | None) -> Markup:
    """An element. Attribute names: `class_`, and `data_sort` for `data-sort`; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    closed = "" if element in VOID else f"{inner}</{element}>"
    return Markup(f"<{element}{written}>{closed}")  # noqa: S704 - every part was escaped above


def joined(parts: list[Markup]) -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)
