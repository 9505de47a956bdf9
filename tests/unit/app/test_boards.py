"""What a panel says of itself while its data are on their way: an answer with a gap is never fresh, and never kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.boards import BoardService
from app.encode import max_age
from app.panel_view import BoardView, PanelState
from app.state import State
from pages import BOARDS
from panels import prices
from panels.spec import Lines, Panel, Query
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.time_range import TimeRange
from queries.metrics.detection import Resolution
from queries.metrics.diagnose import Diagnostician
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.frame import Frame
from queries.metrics.profile import CODEAGENT
from queries.metrics.request import Request
from queries.metrics.resolver import FixedProfile
from queries.metrics.source import Fetched
from tests.formula import Formula
from tests.servers import wait_until

NOW = 1_700_000_000


@pytest.fixture
def source() -> Formula:
    return Formula([float(NOW)])


@pytest.fixture
def boards(source: Formula) -> Iterator[BoardService]:
    engine = Engine({source.name: source}, settings=EngineSettings(retries=0), clock=lambda: source.now[0])
    yield BoardService(
        engine,
        source.name,
        FixedProfile(CODEAGENT),
        "",
        ZoneInfo("UTC"),
        1.0,
        Diagnostician(),
        prices.load(None),
        lambda: source.now[0],
    )
    source.hold.set()
    engine.close()


class FewSeries(Formula):
    """Counts one series of each metric, and one of each rule, which takes a moment."""

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        if not request.expr.startswith("count("):
            return super().range(request, deadline)
        time.sleep(0.05)
        counted = super().range(replace(request, expr="1"), deadline)
        return replace(counted, frame=counted.frame.with_values(np.ones_like(counted.frame.values)))


@dataclass(frozen=True)
class KnownRule:
    """A backend that evaluates a recording rule."""

    def current(self) -> Resolution:
        return Resolution(CODEAGENT, names=frozenset({"recorded:growth1m"}))


def lines(*exprs: str) -> Panel:
    """A panel of lines whose queries are formulas."""
    panel = next(panel for panel in BOARDS["overview"].panels if type(panel.view).__name__ == "Lines")
    queries = tuple(Query(expr, "a") for expr in exprs)
    return replace(panel, view=Lines(), queries=queries, derive=None)


def refreshed(boards: BoardService, panel: Panel, start: str, compare: str = "") -> BoardView:
    return boards.refresh(State(TimeRange(start), compare=compare), [panel])


def test_a_range_of_which_half_is_being_fetched_is_not_fresh_and_is_not_kept(
    boards: BoardService, source: Formula
) -> None:
    panel = lines("2")
    refreshed(boards, panel, "now-12h")
    source.hold.clear()

    half = refreshed(boards, panel, "now-24h")

    assert half.panels[0].state is PanelState.STALE
    assert "50 % of the range" in half.panels[0].sentence
    assert half.panels[0].is_renewing
    assert max_age(half) <= 2


def test_the_same_range_is_fresh_and_kept_once_all_of_it_is_there(boards: BoardService, source: Formula) -> None:
    panel = lines("2")
    refreshed(boards, panel, "now-12h")
    whole = refreshed(boards, panel, "now-24h")

    assert whole.panels[0].state is PanelState.FRESH
    assert whole.panels[0].is_final
    assert max_age(whole) > 2


def test_a_missing_newest_point_is_a_gap_too(boards: BoardService, source: Formula) -> None:
    panel = lines("2")
    refreshed(boards, panel, "now-12h")
    source.hold.clear()
    source.now[0] += boards.scope(State(TimeRange("now-12h"))).window.step

    lagging = refreshed(boards, panel, "now-12h")

    assert lagging.panels[0].state is PanelState.STALE
    assert max_age(lagging) <= 2


def test_a_range_without_a_sample_so_far_is_pending_and_not_quiet(boards: BoardService, source: Formula) -> None:
    panel = lines("0")
    assert refreshed(boards, panel, "now-12h").panels[0].state is PanelState.QUIET
    source.hold.clear()
    assert refreshed(boards, panel, "now-24h").panels[0].state is PanelState.PENDING


def test_a_panel_whose_comparison_is_late_is_shown_and_not_kept(boards: BoardService, source: Formula) -> None:
    panel = lines("2")
    refreshed(boards, panel, "now-12h")
    source.hold.clear()

    without = refreshed(boards, panel, "now-12h", compare="week")

    assert without.panels[0].state is PanelState.FRESH
    assert not without.panels[0].is_final
    assert max_age(without) <= 2


def test_a_query_that_failed_beside_an_empty_one_is_not_quiet(boards: BoardService) -> None:
    view = refreshed(boards, lines("0", "wrong"), "now-12h").panels[0]

    assert view.state is PanelState.PARTIAL
    assert "1 of 2 queries failed" in view.sentence


def test_an_empty_answer_of_a_part_of_the_range_is_a_failure_when_the_rest_cannot_be_had(
    boards: BoardService, source: Formula
) -> None:
    panel = lines("0")
    refreshed(boards, panel, "now-12h")
    source.is_away = True

    view = refreshed(boards, panel, "now-24h").panels[0]

    assert view.state is PanelState.FAILED
    wait_until(lambda: not boards.engine.flights.busy)


class Alerts(Formula):
    """A source in which HighErrorRate fires, unless it `knows_alerts` no more."""

    knows_alerts = True

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        if "ALERTS{" not in request.expr:
            return super().range(request, deadline)
        self.windows.append(request.window)
        if not self.knows_alerts:
            raise SourceUnavailable(self.name, "away")
        times = request.window.times()
        labels = {"alertname": "HighErrorRate", "severity": "critical"}
        return Fetched(Frame(times, (labels,), np.ones((1, times.size))), self.now[0])


@pytest.fixture
def alerts() -> Alerts:
    return Alerts([float(NOW)])


def shaded(view: BoardView) -> list[str]:
    figure = cast("dict[str, Any]", view.panels[0].drawing.figure)
    return [shape["name"] for shape in figure["layout"].get("shapes", []) if shape["type"] == "rect"]


def viewed(boards: BoardService, source: Alerts, panel_id: str) -> BoardView:
    """A panel of the overview whose query is a formula, as the third viewer gets it."""
    engine = Engine({source.name: source}, settings=EngineSettings(retries=0), clock=lambda: source.now[0])
    service, panel = replace(boards, engine=engine), replace(lines("2"), id=panel_id)
    try:
        views = [service.refresh(State(TimeRange("now-1h")), [panel], board_id="overview") for _ in range(3)]
    finally:
        engine.close()
    return views[-1]


def test_firings_are_shaded_on_the_charts_that_their_rule_is_about(boards: BoardService, alerts: Alerts) -> None:
    assert shaded(viewed(boards, alerts, "error-course")) == ["HighErrorRate"]
    assert shaded(viewed(boards, alerts, "users")) == []


def test_the_firings_of_a_board_are_one_query_for_all_viewers(boards: BoardService, alerts: Alerts) -> None:
    viewed(boards, alerts, "error-course")

    assert len(alerts.windows) == 2  # the panel's, and that of the firings


def test_a_chart_is_whole_although_the_firings_are_unknown(boards: BoardService, alerts: Alerts) -> None:
    alerts.knows_alerts = False

    view = viewed(boards, alerts, "error-course")

    assert (view.panels[0].state, view.panels[0].is_final, shaded(view)) == (PanelState.FRESH, True, [])


def test_panels_that_nobody_waits_for_ask_what_they_would_ask_otherwise(boards: BoardService) -> None:
    source = FewSeries([float(NOW)])
    engine = Engine({source.name: source}, settings=EngineSettings(retries=0), clock=lambda: source.now[0])
    boards = replace(boards, engine=engine, profiles=cast(Any, KnownRule()))
    other = replace(lines("2"), queries=(Query("2", recorded="3 or recorded:growth1m"),))

    view = boards.refresh(State(TimeRange("now-1h")), [lines("1")], others=[other])
    engine.close()

    assert {outcome.request.expr for outcome in view.others[0].outcomes} == {"2"}
