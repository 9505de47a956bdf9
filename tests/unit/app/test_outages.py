"""A backend that is away is said once, with since when and up to when there are data."""

from __future__ import annotations

import numpy as np

from app.alerts import AlertState
from app.outages import Outage, outages
from app.panel_view import PanelState, PanelView
from pages import BOARDS
from panels.spec import Drawing
from queries.core.circuit_breaker import SourceHealth
from queries.core.errors import QueryRejected, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.request import Answer, Origin, Outcome, Request

NOW = 1_700_000_000.0
CALM = AlertState("Alertmanager", (), NOW)
FAILING = SourceHealth(NOW - 120, NOW - 125)
AWAY = SourceUnavailable("Prometheus", "Prometheus cannot be reached.")
REQUEST = Request("Prometheus", "up", Window(0, 0, 15))
FRAME = Frame(np.array([0]), ({},), np.array([[1.0]]))


def _page(*outcomes: Outcome) -> list[PanelView]:
    panels = BOARDS["overview"].panels
    return [
        PanelView(panel, PanelState.FAILED, Drawing(), (outcome,))
        for panel, outcome in zip(panels, outcomes, strict=False)
    ]


def _old(age: float) -> Answer:
    return Answer(REQUEST, FRAME, Origin.STALE, age=age, error=AWAY)


def test_an_outage_is_stated_once_for_a_page() -> None:
    views = _page(AWAY, AWAY, AWAY)

    assert outages(FAILING, views, CALM, NOW) == (Outage("Prometheus", AWAY.sentence, NOW - 120, None),)


def test_it_says_until_when_there_are_data() -> None:
    views = _page(_old(150), _old(130), AWAY)

    assert outages(FAILING, views, CALM, NOW)[0].data_until == NOW - 130


def test_a_single_failing_query_is_no_outage() -> None:
    fine = Answer(REQUEST, FRAME, Origin.FRESH)

    assert outages(FAILING, _page(AWAY, fine, fine), CALM, NOW) == ()
    assert outages(SourceHealth(None, NOW), _page(AWAY, AWAY), CALM, NOW) == ()
    assert outages(FAILING, _page(QueryRejected("no"), QueryRejected("no")), CALM, NOW) == ()


def test_an_alertmanager_that_is_away_is_an_outage_too() -> None:
    away = AlertState("Alertmanager", (), NOW - 60, "It did not answer.", NOW - 30)

    assert outages(SourceHealth(None, NOW), [], away, NOW) == (
        Outage("Alertmanager", "It did not answer.", NOW - 30, NOW - 60),
    )
