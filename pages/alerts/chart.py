"""The value of an alert over time with its limit, as SVG."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from pages.alerts.source import Course
from panels import registry, svg
from panels.markup import tag
from panels.spec import DrawContext, Lines, Panel, Query, Thresholds, Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame

SIZE = (760, 220)


def chart(course: Course, name: str) -> Markup:
    """The chart; the limit is a line at the value that the rule compares with."""
    rising = course.operator in (">", ">=")
    panel = Panel(
        id="value",
        title=name,
        unit=Unit.COUNT,
        # The axis reaches below the limit; one far above the values is noted at the upper edge.
        view=Lines(thresholds=Thresholds(critical=course.limit, rising=rising), floor=min(0.0, 1.1 * course.limit)),
        queries=(Query("", legend="value"),),
        description="",
        empty_message="",
    )
    step = int(course.times[1] - course.times[0]) if course.times.size > 1 else 60
    window = Window(int(course.times[0]), int(course.times[-1]), step)
    frame = Frame(course.times, ({},), np.atleast_2d(course.values))
    drawing = registry.draw(panel, (frame,), DrawContext(window))
    if drawing.figure is None:
        return Markup("")
    drawn = svg.render(drawing.figure, *SIZE, title=f"{name}: value and limit over time")
    return tag("div", Markup(drawn), class_="alert-chart")  # noqa: S704 - from panels
