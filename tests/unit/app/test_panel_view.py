"""The state of a panel follows from the answers that it draws."""

from __future__ import annotations

import pytest

from app.panel_view import PanelState, PanelView, unknown_view, with_state
from panels.spec import Drawing, Lines, Panel
from queries.core.errors import SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY
from queries.metrics.request import Answer, Origin, Outcome, Request

PANEL = Panel(id="requests", title="Requests", view=Lines())
REQUEST = Request("prometheus", "up", Window(0, 5_940, 60, 15))
AWAY = SourceUnavailable("Prometheus", "It does not answer.")
FRESH = Answer(REQUEST, EMPTY, Origin.FRESH)
RENEWED = Answer(REQUEST, EMPTY, Origin.STALE, age=60)  # young, and a newer one is on its way
OLD = Answer(REQUEST, EMPTY, Origin.STALE, age=121)
WITH_GAP = Answer(REQUEST, EMPTY, Origin.STALE, age=1, missing=25)
KEPT = Answer(REQUEST, EMPTY, Origin.STALE, age=1, error=AWAY)
PARTIAL = Answer(REQUEST, EMPTY, Origin.FRESH, partial=True)


def view(*outcomes: Outcome) -> PanelView:
    return PanelView(PANEL, PanelState.FRESH, Drawing(), outcomes)


@pytest.mark.parametrize(
    ("outcomes", "state", "sentence"),
    [
        ((FRESH,), PanelState.FRESH, ""),
        ((FRESH, RENEWED), PanelState.FRESH, ""),
        ((FRESH, OLD), PanelState.STALE, "A refresh is under way."),
        ((WITH_GAP,), PanelState.STALE, "A refresh is under way; 25 % of the range has not been loaded yet."),
        ((KEPT,), PanelState.STALE, "It does not answer."),
        ((FRESH, AWAY), PanelState.PARTIAL, "1 of 2 queries failed: It does not answer."),
        ((FRESH, PARTIAL), PanelState.PARTIAL, "The source gave only part of the answer."),
        ((OLD, AWAY, PARTIAL), PanelState.STALE, "A refresh is under way."),
    ],
)
def test_the_worst_answer_decides(outcomes: tuple[Outcome, ...], state: PanelState, sentence: str) -> None:
    result = with_state(view(*outcomes))
    assert (result.state, result.sentence) == (state, sentence)


def test_the_age_is_that_of_the_oldest_answer() -> None:
    assert with_state(view(FRESH, OLD, WITH_GAP)).age == 121


@pytest.mark.parametrize("state", [PanelState.QUIET, PanelState.ABSENT, PanelState.FAILED])
def test_a_state_that_is_known_stays(state: PanelState) -> None:
    known = PanelView(PANEL, state, Drawing(), (OLD,), "Why.")
    assert with_state(known) is known


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(REQUEST, EMPTY, Origin.STALE, missing=1, error=AWAY), PanelState.FAILED),
        (Answer(REQUEST, EMPTY, Origin.STALE, missing=1), PanelState.PENDING),
        (PARTIAL, PanelState.PARTIAL),
    ],
)
def test_no_samples_in_a_part_of_the_range_is_not_an_empty_panel(answer: Answer, state: PanelState) -> None:
    assert unknown_view(PANEL, (answer,)).state is state


def test_newer_data_are_on_their_way_unless_their_fetch_failed() -> None:
    assert view(FRESH, RENEWED).is_renewing
    assert not view(FRESH, KEPT).is_renewing
