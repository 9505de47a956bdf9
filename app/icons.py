"""Icons as masks: a span whose class picks a shape from the stylesheet, so that they take the text's colour."""

from __future__ import annotations

from typing import Any

import dash

html: Any = dash.html


def icon(name: str) -> Any:
    """A decorative icon; the element that holds it carries the label."""
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def mark() -> Any:
    """The product's mark."""
    return html.Span(className="mark", **{"aria-hidden": "true"})
