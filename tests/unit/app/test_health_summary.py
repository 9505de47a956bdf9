"""The status line is never better than the page below it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from app.alerts import Alert, AlertState
from app.boards import BoardService, PanelState, PanelView
from app.health_summary import summarize_health
from pages import BOARDS
from panels.spec import Drawing, Status
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.request import Answer, Origin, Request

NOW = 1_700_000_000.0
CALM = AlertState("Alertmanager", (), NOW)
OVERVIEW = BOARDS["overview"]


def _view(
    panel_id: str,
    status: Status = Status.GOOD,
    value: float = 1.0,
    state: PanelState = PanelState.FRESH,
    reason: str = "",
    age: float = 0.0,
) -> PanelView:
    frame = Frame(np.array([int(NOW)]), ({},), np.array([[value]]))
    origin = Origin.STALE if age else Origin.FRESH
    answer = Answer(Request("prometheus", "x", Window(0, 0, 15)), frame, origin, age=age)
    return PanelView(OVERVIEW.panel(panel_id), state, Drawing(status=status, reason=reason), (answer,))


def _firing(status: Status, text: str = "something") -> AlertState:
    return AlertState("Alertmanager", (Alert("name", status, text, NOW - 300, NOW - 15, "/overview"),), NOW)


def _page(state: PanelState, count: int, of: int = 12) -> list[PanelView]:
    return [
        _view(panel.id, state=state if number < count else PanelState.FRESH)
        for number, panel in enumerate(OVERVIEW.panels[:of])
    ]


def test_all_normal_when_everything_is_there_and_good() -> None:
    line = summarize_health(CALM, [_view("error-rate"), _view("latency-p95"), _view("health")])

    assert (line.status, line.text, line.items) == (Status.GOOD, "All normal", ())


def test_tokens_without_a_price_are_a_warning() -> None:
    note = "25 % of the tokens have no price and are not included: acme-1"
    costs = [replace(_view(panel), warning=note) for panel in ("cost-today", "error-rate")]

    line = summarize_health(CALM, costs)

    assert (line.status, line.text) == (Status.WARNING, "No alert is firing yet, but 1 warning:")
    assert [item.text for item in line.items] == [f"LLM cost today: {note}"]


@pytest.mark.parametrize("state", [PanelState.FAILED, PanelState.ABSENT, PanelState.STALE, PanelState.PENDING])
@pytest.mark.parametrize("count", [1, 12])
def test_what_is_missing_is_not_normal(state: PanelState, count: int) -> None:
    line = summarize_health(CALM, _page(state, count))

    assert line.status is Status.UNKNOWN
    assert f"{count} of 12 panels" in line.text


def test_an_unknown_value_is_not_normal() -> None:
    line = summarize_health(CALM, [_view("error-rate", Status.UNKNOWN, np.nan), _view("latency-p95")])

    assert line.status is Status.UNKNOWN
    assert [item.href for item in line.items] == ["#panel-error-rate"]


@pytest.mark.parametrize("state", [PanelState.QUIET, PanelState.FRESH])
def test_a_panel_that_is_empty_for_a_good_reason_is_normal(state: PanelState) -> None:
    assert summarize_health(CALM, _page(state, 12)).status is Status.GOOD


def test_alerts_that_were_never_read_are_not_normal() -> None:
    unread = AlertState("Alertmanager", error="Alertmanager cannot be reached at http://127.0.0.1:1.")
    line = summarize_health(unread, [_view("error-rate")])

    assert line.status is Status.UNKNOWN
    assert "Alertmanager cannot be reached" in line.text


def test_alerts_that_are_old_are_not_normal() -> None:
    line = summarize_health(AlertState("Alertmanager", (), NOW, "It did not answer.", NOW + 5), [_view("error-rate")])

    assert (line.status, line.text) == (Status.UNKNOWN, "Alertmanager cannot be read now, so its alerts are old")


@pytest.mark.parametrize(
    ("panel_id", "reason", "text"),
    [("health", "anthropic down", "Health: anthropic down"), ("cpu", "web-1 97 %", "CPU: web-1 97 %")],
)
def test_a_cell_or_a_line_beyond_its_limit_is_said_with_a_link_to_it(panel_id: str, reason: str, text: str) -> None:
    line = summarize_health(CALM, [_view("error-rate"), _view(panel_id, Status.CRITICAL, reason=reason)])

    assert line.status is Status.CRITICAL
    assert [(item.text, item.href) for item in line.items] == [(text, f"#panel-{panel_id}")]


def test_headline_numbers_are_said_before_their_alert_fires() -> None:
    line = summarize_health(
        CALM, [_view("latency-p95", Status.WARNING, 4_500), _view("error-rate", Status.CRITICAL, 11.4)]
    )

    assert line.status is Status.CRITICAL
    assert line.text == "No alert is firing yet, but 1 critical, 1 warning:"
    assert ["Error rate 11.4 %", "Response time p95 4.5 s"] == [item.text for item in line.items]


def test_an_alert_and_a_number_are_both_said_worst_first() -> None:
    line = summarize_health(_firing(Status.WARNING, "slow"), [_view("error-rate", Status.CRITICAL, 10.5)])

    assert line.status is Status.CRITICAL
    assert line.text == "Firing: 1 warning; 1 critical by the numbers:"
    assert [item.text for item in line.items] == ["Error rate 10.5 %", "slow"]


def test_an_alert_says_since_when_it_fires_and_of_when_its_text_is() -> None:
    item = summarize_health(_firing(Status.CRITICAL), [_view("error-rate")]).items[0]

    assert (item.since, item.as_of) == (NOW - 300, NOW - 15)


def test_an_old_number_says_of_when_it_is() -> None:
    stale = _view("error-rate", Status.CRITICAL, 11.4, PanelState.STALE, age=600)

    assert summarize_health(CALM, [stale]).items[0].as_of == NOW - 600


def test_what_is_missing_is_said_beside_what_is_wrong() -> None:
    line = summarize_health(_firing(Status.CRITICAL), _page(PanelState.FAILED, 3))

    assert line.status is Status.CRITICAL
    assert line.text == "Firing: 1 critical. 3 of 12 panels have no data."


def test_a_range_that_is_over_is_not_judged_as_now() -> None:
    line = summarize_health(CALM, [_view("error-rate", Status.CRITICAL, 11.4)], past=True)

    assert line.text == "No alert is firing now; 1 critical in this range:"


def test_many_facts_are_counted_and_the_first_ones_linked() -> None:
    alerts = AlertState("Alertmanager", tuple(_firing(Status.WARNING).alerts * 9), NOW)
    line = summarize_health(alerts, [_view("error-rate")])

    assert (len(line.items), line.text) == (6, "Firing: 9 warning (and 3 more):")


@pytest.mark.parametrize(
    ("skew", "words"),
    [(7_200.0, "2 h behind that of Prometheus"), (-3_600.0, "60 min ahead of that of Prometheus"), (20.0, "")],
)
def test_a_clock_that_differs_from_the_backend_s_is_said_and_nothing_is_called_normal(skew: float, words: str) -> None:
    source = SimpleNamespace(name="Prometheus", clock_skew=skew)
    boards = SimpleNamespace(engine=SimpleNamespace(sources={"prometheus": source}), source="prometheus")
    doubt = BoardService.clock_doubt(cast("BoardService", boards))
    line = summarize_health(CALM, _page(PanelState.FRESH, 12), clock=doubt)

    assert words in line.text
    assert (line.status is Status.GOOD) is (words == "")
