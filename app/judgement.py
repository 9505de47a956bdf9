"""The sentence of state from alerts and thresholds together: an alert waits its minutes, a headline number does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.alerts import ORDER, Item, Sentence, counted
from app.boards import Shown
from panels import units
from panels.spec import Status, Tile
from queries.request import Answer


def judge(alerts: Sentence, shown: Sequence[Shown]) -> Sentence:
    """The alerts' sentence, and after it what the board's headline numbers say beyond it."""
    crossed = [each for each in shown if isinstance(each.panel.view, Tile) and each.drawing.status in ORDER]
    if alerts.status in ORDER:  # an alert that stands for less must not hide what a headline says
        crossed = [each for each in crossed if ORDER.index(each.drawing.status) < ORDER.index(alerts.status)]
    if not crossed:
        return alerts
    worst = sorted(crossed, key=lambda each: ORDER.index(each.drawing.status))
    items = tuple(Item(_text(each), each.drawing.status, 0, f"#panel-{each.panel.id}") for each in worst)
    if alerts.status in ORDER:
        text = f"{counted([each.drawing.status for each in worst])} by its number, and firing: {alerts.text}"
        return Sentence(worst[0].drawing.status, text, (*items, *alerts.items))
    text = f"No alert is firing yet, but {counted([each.drawing.status for each in worst])}:"
    if alerts.status is Status.UNKNOWN:
        text = f"{alerts.text} Beyond that {counted([each.drawing.status for each in worst])}:"
    return Sentence(worst[0].drawing.status, text, items)


def _text(shown: Shown) -> str:
    """Title and number: “Error rate 11.4 %”."""
    answer = shown.outcomes[0]
    numbers = answer.frame.last() if isinstance(answer, Answer) else np.empty(0)
    return (
        f"{shown.panel.title} {units.write(float(numbers[0]), shown.panel.unit)}" if numbers.size else shown.panel.title
    )
