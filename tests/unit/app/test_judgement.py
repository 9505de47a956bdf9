"""A headline number beyond its threshold is said before its alert fires."""

from __future__ import annotations

import numpy as np

from app.alerts import Item, Sentence
from app.boards import PanelState, Shown
from app.judgement import judge
from pages import BOARDS
from panels.spec import Drawing, Status
from queries.frame import Frame
from queries.request import Answer, Origin, Request
from queries.window import Window

NORMAL = Sentence(Status.GOOD, "All normal")


def _shown(panel_id: str, status: Status, value: float) -> Shown:
    panel = BOARDS["overview"].panel(panel_id)
    frame = Frame(np.array([0]), ({},), np.array([[value]]))
    answer = Answer(Request("prometheus", "x", Window(0, 0, 15)), frame, Origin.FRESH)
    return Shown(panel, PanelState.FRESH, Drawing(status=status), (answer,))


def test_all_normal_needs_headline_numbers_that_are_normal_too() -> None:
    shown = [_shown("latency-p95", Status.WARNING, 4_500), _shown("error-rate", Status.CRITICAL, 11.4)]
    made = judge(NORMAL, shown)

    assert made.status is Status.CRITICAL
    assert made.text == "No alert is firing yet, but 1 critical, 1 warning:"
    assert ["Error rate 11.4 %", "Response time p95 4.5 s"] == [item.text for item in made.items]
    assert made.items[0].href == "#panel-error-rate"


def test_good_numbers_leave_the_sentence_as_it_is() -> None:
    assert NORMAL is judge(NORMAL, [_shown("error-rate", Status.GOOD, 0.1)])


def test_a_row_beyond_its_limit_is_not_called_normal() -> None:
    made = judge(NORMAL, [_shown("health", Status.WARNING, 1)])

    assert made.status is Status.GOOD
    assert "beyond their limits" in made.text


def test_a_firing_alert_speaks_first() -> None:
    firing = Sentence(Status.CRITICAL, "1 critical:")

    assert firing is judge(firing, [_shown("latency-p95", Status.WARNING, 4_500)])


def test_unknown_alerts_do_not_hide_a_crossed_threshold() -> None:
    unknown = Sentence(Status.UNKNOWN, "Alertmanager does not say which alerts are firing.")
    made = judge(unknown, [_shown("error-rate", Status.CRITICAL, 11.4)])

    assert made.status is Status.CRITICAL
    assert made.text.startswith(unknown.text)


def test_an_alert_that_stands_for_less_does_not_hide_a_critical_headline() -> None:
    firing = Sentence(Status.WARNING, "1 warning:", (Item("slow", Status.WARNING, 5, "/overview"),))
    found = judge(firing, [_shown("error-rate", Status.CRITICAL, 10.5)])

    assert found.status is Status.CRITICAL
    assert "1 critical" in found.text
    assert "1 warning" in found.text
    assert [item.status for item in found.items] == [Status.CRITICAL, Status.WARNING]


def test_a_range_that_is_over_is_not_judged_as_now() -> None:
    made = judge(NORMAL, [_shown("error-rate", Status.CRITICAL, 11.4)], past=True)

    assert made.text == "No alert is firing now; 1 critical in this range:"
