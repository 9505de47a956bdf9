"""The status line is never better than the page below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from app.alerts import Alert, AlertState
from app.boards import BoardService
from app.health_summary import Link, summarize_health
from app.panel_view import PanelState, PanelView
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


def test_a_board_of_which_nothing_is_exported_is_not_normal() -> None:
    line = summarize_health(CALM, [])

    assert (line.status, line.text) == (Status.UNKNOWN, "No metric of this board is exported")


def test_tokens_without_a_price_are_a_warning() -> None:
    note = "25 % of the tokens have no price and are not included: acme-1"
    costs = [replace(_view(panel), warning=note) for panel in ("cost-today", "error-rate")]

    line = summarize_health(CALM, costs)

    assert (line.status, line.text) == (Status.WARNING, "Warning, no alert is firing yet:")
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
    assert line.text == "Critical, no alert is firing yet:"
    assert ["Error rate 11.4 %", "Response time p95 4.5 s"] == [item.text for item in line.items]


def test_an_alert_and_a_number_are_both_said_worst_first() -> None:
    line = summarize_health(_firing(Status.WARNING, "slow"), [_view("error-rate", Status.CRITICAL, 10.5)])

    assert line.status is Status.CRITICAL
    assert line.text == "Critical:"
    assert [item.text for item in line.items] == ["Error rate 10.5 %", "slow"]


@pytest.mark.parametrize(("age", "as_of"), [(60, 0.0), (600, NOW - 600)])
def test_an_alert_says_since_when_it_fires_and_of_when_an_old_text_is(age: float, as_of: float) -> None:
    alert = replace(_alert("errors", Status.CRITICAL, "11 % of requests fail"), as_of=NOW - age)
    (item,) = summarize_health(AlertState("Alertmanager", (alert,), NOW), [_view("error-rate")]).items

    assert (item.since, item.as_of) == (NOW - 300, as_of)


def test_an_old_number_says_of_when_it_is() -> None:
    stale = _view("error-rate", Status.CRITICAL, 11.4, PanelState.STALE, age=600)

    assert summarize_health(CALM, [stale]).items[0].as_of == NOW - 600


def _alert(subject: str, status: Status, text: str, since: float = NOW - 300, where: str = "") -> Alert:
    return Alert("name", status, text, since, NOW - 15, "/overview", subject, where)


def _texts(*alerts: Alert, views: Sequence[PanelView] = ()) -> list[str]:
    return [item.text for item in summarize_health(AlertState("Alertmanager", alerts, NOW), views).items]


def test_a_fact_is_mentioned_once_by_its_worst_alert_and_since_the_first_one_fired() -> None:
    burst = _alert("errors", Status.CRITICAL, "11 % of requests fail", NOW - 60)
    elevated = _alert("errors", Status.WARNING, "11.1 % of requests fail", NOW - 300)
    line = summarize_health(AlertState("Alertmanager", (elevated, burst), NOW), [_view("error-rate")])

    assert [(item.text, item.status, item.since) for item in line.items] == [
        ("11 % of requests fail", Status.CRITICAL, NOW - 300)
    ]


def test_the_number_of_a_panel_is_not_repeated_beside_its_alert_but_makes_it_as_bad() -> None:
    alert = _alert("errors", Status.WARNING, "11 % of requests fail")
    line = summarize_health(AlertState("Alertmanager", (alert,), NOW), [_view("error-rate", Status.CRITICAL, 11.4)])

    assert [(item.text, item.status) for item in line.items] == [("11 % of requests fail", Status.CRITICAL)]


def test_two_panels_with_the_same_number_are_one_fact() -> None:
    views = [_view("error-rate", Status.CRITICAL, 11.4), _view("error-course", Status.CRITICAL, 11.4)]

    assert _texts(views=views) == ["Error rate 11.4 %"]


def test_a_place_that_an_alert_names_as_the_worst_is_not_repeated() -> None:
    whole = _alert("errors", Status.CRITICAL, "11 % of requests fail", where="/v1/chat 30 %")
    chat = _alert("errors /v1/chat", Status.SERIOUS, "/v1/chat: 30 % of requests fail")
    models = _alert("errors /v1/models", Status.SERIOUS, "/v1/models: 25 % of requests fail")

    assert _texts(whole, chat, models) == ["11 % of requests fail", "/v1/models: 25 % of requests fail"]


def test_a_panel_that_names_what_an_alert_is_about_is_not_repeated() -> None:
    alert = _alert("provider anthropic", Status.CRITICAL, "Provider anthropic is down")
    views = [_view("health", Status.CRITICAL, reason="anthropic down")]

    assert _texts(alert, views=views) == ["Provider anthropic is down"]
    assert len(_texts(alert, views=[_view("health", Status.CRITICAL, reason="openai down")])) == 2


def test_a_host_beyond_its_limit_and_its_alert_are_one_fact_as_bad_as_the_number() -> None:
    alert = _alert("cpu web-1", Status.WARNING, "web-1: CPU 97 %")
    line = summarize_health(
        AlertState("Alertmanager", (alert,), NOW), [_view("cpu", Status.CRITICAL, reason="web-1 100 %")]
    )

    assert [(item.text, item.status) for item in line.items] == [("web-1: CPU 97 %", Status.CRITICAL)]
    assert len(_texts(alert, views=[_view("memory", Status.CRITICAL, reason="web-1 97 %")])) == 2


def test_a_critical_place_is_mentioned_beside_a_warning_about_the_whole() -> None:
    whole = _alert("errors", Status.WARNING, "2 % of requests fail", where="/v1/chat 90 %")
    chat = _alert("errors /v1/chat", Status.CRITICAL, "/v1/chat: 90 % of requests fail")

    assert _texts(whole, chat) == ["/v1/chat: 90 % of requests fail", "2 % of requests fail"]


def test_an_alert_links_to_the_traces_that_show_it() -> None:
    alert = replace(_alert("errors", Status.CRITICAL, "11 % of requests fail"), traces="/traces?status=error")
    (item,) = summarize_health(AlertState("Alertmanager", (alert,), NOW), []).items

    assert item.more == Link("failing traces", "/traces?status=error")


def test_what_is_missing_is_said_beside_what_is_wrong() -> None:
    line = summarize_health(_firing(Status.CRITICAL), _page(PanelState.FAILED, 3))

    assert line.status is Status.CRITICAL
    assert line.text == "Critical. 3 of 12 panels have no data."


def test_a_range_that_is_over_is_not_judged_as_now() -> None:
    line = summarize_health(CALM, [_view("error-rate", Status.CRITICAL, 11.4)], past=True)

    assert line.text == "Critical in this range, no alert is firing now:"


def test_many_facts_are_counted_and_the_first_ones_linked() -> None:
    alerts = AlertState("Alertmanager", tuple(_firing(Status.WARNING).alerts * 9), NOW)
    line = summarize_health(alerts, [_view("error-rate")])

    assert (len(line.items), line.text) == (6, "Warning (and 3 more):")


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
