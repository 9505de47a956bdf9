"""HTML from values. Every text is escaped and made visible unless it is `Markup`, so that hostile labels stay text."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup, escape

from panels.visible import visible

VOID: Final = frozenset(("br", "hr", "img", "input"))
# Attributes that people read. The others hold values that scripts and URLs need unchanged.
READ: Final = frozenset(("title", "alt", "placeholder", "aria_label", "data_title", "data_said"))


def tag(element: str, /, *children: str | Markup, **attributes: str | int | float | None) -> Markup:
    """An element. Attribute names: `class_`, and `data_sort` for `data-sort`; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(str(value)) if key in READ else str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Markup) else escape(visible(child)) for child in children)
    closed = "" if element in VOID else f"{inner}</{element}>"
    return Markup(f"<{element}{written}>{closed}")  # noqa: S704 - every part was escaped above


def join(parts: list[Markup]) -> Markup:
    """Elements join without a separator."""
    return Markup("").join(parts)
