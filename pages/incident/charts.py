"""The series that changed most, as SVG that needs no script."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages.changes.catalog import QUESTIONS
from pages.changes.load import Metrics, PanelChange
from panels import registry, svg
from panels.markup import tag
from panels.series import name_of
from panels.spec import DrawContext, Lines, Mark, Panel, Query
from panels.themes import Theme
from queries.core.time_range import Window
from queries.metrics.frame import Frame

SIZE: Final = (640, 200)
_METRICS: Final = {
    question.signal.id: question.part.metric.removesuffix("_bucket").removesuffix("_total") for question in QUESTIONS
}


def key_changes(metrics: Metrics, most: int) -> tuple[PanelChange, ...]:
    """The panels to draw: those about what the hypotheses name first, then the others by their change."""
    named = [_METRICS[fact.signal.id] for hypothesis in metrics.hypotheses for fact in hypothesis.facts]

    def rank(change: PanelChange) -> int:
        return next((index for index, metric in enumerate(named) if metric in change.query.template), len(named))

    return tuple(sorted(metrics.panels, key=rank)[:most])


def chart(change: PanelChange, marks: tuple[Mark, ...], theme: Theme | None) -> Markup:
    """A figure with its caption; with a theme the colours are fixed, for a file that stands alone."""
    query, frame = change.query, change.frame
    series = name_of(Query(query.template, query.legend), change.labels, "")
    panel = Panel(
        id=query.panel,
        title=query.title,
        unit=query.unit,
        view=Lines(floor=None),
        queries=(Query("", legend=series or "value"),),
        description="",
        empty_message="",
    )
    step = int(frame.times[1] - frame.times[0]) if frame.times.size > 1 else 60
    window = Window(int(frame.times[0]), int(frame.times[-1]), step)
    changed = Frame(frame.times, ({},), frame.values[change.row : change.row + 1])
    drawing = registry.draw(panel, (changed,), DrawContext(window, marks=marks))
    if drawing.figure is None:
        return Markup("")
    title = " · ".join(text for text in (query.title, series, query.board) if text)
    drawn = svg.render(drawing.figure, *SIZE, theme, title=title)
    caption = tag("figcaption", tag("b", query.title), " ", " · ".join(text for text in (series, query.board) if text))
    return tag("figure", caption, Markup(drawn))  # noqa: S704 - from panels
