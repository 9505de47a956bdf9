"""States from words for values and from the values of a label: rows, colours, the text alternative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from panels import draw
from panels.spec import DrawContext, Drawing, Panel, Query, Status, Timeline, Unit, ValueWord
from queries.core.time_range import Window
from queries.metrics.frame import Frame, Labels

WINDOW = Window(0, 180, 60)
MODES = (ValueWord("idle", 0, 0), ValueWord("busy", 1, 4), ValueWord("failed", 5, None, Status.CRITICAL))


def panel(view: Timeline) -> Panel:
    return Panel(id="mode", title="Mode", unit=Unit.COUNT, view=view, queries=(Query("x", "{{pod}}"),))


def drawn(view: Timeline, *rows: tuple[Labels, list[float]]) -> Drawing:
    values = np.array([row for _, row in rows], dtype=np.float64)
    frame = Frame(WINDOW.times(), tuple(labels for labels, _ in rows), values)
    return draw(panel(view), (frame,), DrawContext(WINDOW))


def words(drawing: Drawing) -> list[list[str]]:
    assert drawing.figure is not None
    return [list(row) for row in drawing.figure["data"][0]["text"]]  # type: ignore[index]


def test_values_have_the_word_that_holds_them_and_others_their_number() -> None:
    drawing = drawn(Timeline(values=MODES), ({"pod": "a"}, [0, 1, -3, 7]))

    assert words(drawing) == [["idle", "busy", "-3", "failed"]]
    assert (drawing.status, drawing.reason) == (Status.CRITICAL, "a failed")
    assert drawing.alt == "Mode, now: a failed."
    assert "failed" in drawing.legend


def test_the_state_of_a_row_is_the_value_of_its_label_where_the_series_is_not_zero() -> None:
    drawing = drawn(
        Timeline(label="phase"),
        ({"pod": "a", "phase": "Running"}, [1, 1, 0, 0]),
        ({"pod": "a", "phase": "Failed"}, [0, 0, 0, 1]),
        ({"pod": "b", "phase": "Running"}, [1, np.nan, 1, 1]),
    )

    assert words(drawing) == [["Running", "", "Running", "Running"], ["Running", "Running", "", "Failed"]]
    assert drawing.alt == "Mode, now: a Failed, b Running."


def test_the_present_state_is_that_of_the_newest_instant() -> None:
    frame = Frame(WINDOW.times(), ({"pod": "a"},), np.array([[0.0, 0.0, 0.0, 0.0]]))
    now = Frame(np.array([200]), ({"pod": "a"},), np.array([[7.0]]))
    context = replace(DrawContext(WINDOW), now=(now,))

    assert draw(panel(Timeline(values=MODES)), (frame,), context).alt == "Mode, now: a failed."


def test_a_hostile_word_is_text_in_the_chart_and_in_the_legend() -> None:
    drawing = drawn(Timeline(label="phase"), ({"pod": "a", "phase": "<img src=x onerror=y>"}, [1, 1, 1, 1]))

    assert "<img" not in drawing.legend
    assert "<img" not in str(drawing.figure)
