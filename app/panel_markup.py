"""A panel as HTML without scripts, for exploring pages."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from app.panel_view import PanelView
from panels import svg
from panels.markup import tag

SIZE: Final = (760, 240)


def drawn(view: PanelView) -> Markup:
    """The chart as SVG with its legend, the fragment of HTML, or why there is none."""
    drawing = view.drawing
    if drawing.figure is not None:
        chart = Markup(svg.render(drawing.figure, *SIZE, title=drawing.alt))  # noqa: S704 - from panels
        legend = tag("div", Markup(drawing.legend), inert="")  # noqa: S704 - from panels; without a script that isolates
        return tag("div", chart, legend, class_="alert-chart", tabindex="0")
    if drawing.html:
        return tag("div", Markup(drawing.html), class_="scroll")  # noqa: S704 - from panels
    return tag("p", view.sentence or "No data.", " ", view.hint, class_="notes")
