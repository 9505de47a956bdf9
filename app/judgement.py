"""The sentence of state from alerts and thresholds together: an alert waits its minutes, a headline number does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.alerts import ORDER, Item, Sentence, counted
from app.boards import Shown
from panels import units
from panels.spec import Status, Tile
from queries.request import Answer

# Rows and cells have limits too, but one slow endpoint does not make a board's state.
BEYOND: Final = "No alert is firing; some values below are beyond their limits"


def judge(alerts: Sentence, shown: Sequence[Shown], past: bool = False) -> Sentence:
    """The alerts' sentence, and after it what the board's headline numbers say beyond it.

    Alerts are those of now; the numbers are those of the range, which may be `past`.
    """
    crossed = [each for each in shown if isinstance(each.panel.view, Tile) and each.drawing.status in ORDER]
    if alerts.status in ORDER:  # an alert that stands for less must not hide what a headline says
        crossed = [each for each in crossed if ORDER.index(each.drawing.status) < ORDER.index(alerts.status)]
    if not crossed:
        beyond = any(each.drawing.status in ORDER for each in shown)
        return replace(alerts, text=BEYOND) if beyond and alerts.status is Status.GOOD else alerts
    worst = sorted(crossed, key=lambda each: ORDER.index(each.drawing.status))
    items = tuple(Item(_text(each), each.drawing.status, 0, f"#panel-{each.panel.id}") for each in worst)
    found = counted([each.drawing.status for each in worst])
    where = " in this range" if past else ""
    if alerts.status in ORDER:
        text = f"{found} by its number{where}, and firing{' now' if past else ''}: {alerts.text}"
        items += alerts.items
    elif alerts.status is Status.UNKNOWN:
        text = f"{alerts.text} Beyond that {found}{where}:"
    else:
        text = f"No alert is firing now; {found}{where}:" if past else f"No alert is firing yet, but {found}:"
    return Sentence(worst[0].drawing.status, text, items)


def _text(shown: Shown) -> str:
    """Title and number: “Error rate 11.4 %”."""
    answer = shown.outcomes[0]
    numbers = answer.frame.last() if isinstance(answer, Answer) else np.empty(0)
    return (
        f"{shown.panel.title} {units.write(float(numbers[0]), shown.panel.unit)}" if numbers.size else shown.panel.title
    )
