"""A board refreshed: plan every panel's requests, run them together, present their outcomes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from app.board_catalog import BoardCatalog
from app.firing_spans import KnownRules, board_firings, board_rules, request_of
from app.offer import Offer
from app.panel_presenter import Marks, PanelPresenter
from app.panel_view import BoardView, PanelView
from app.plan import Plan, Scope, metrics_of, plan
from app.recorded_queries import RecordedAnswers, series_counts
from app.state import State
from app.state import window as window_of
from panels import units
from panels.prices import PriceTable
from panels.spec import Dashboard, Panel, Unit
from queries.core.circuit_breaker import SourceHealth
from queries.metrics.bounds import with_canonical_bounds
from queries.metrics.diagnose import Diagnostician
from queries.metrics.engine import Engine
from queries.metrics.request import Answer, Outcome, Request
from queries.metrics.resolver import Profiles
from queries.metrics.stagger import board_now

log = logging.getLogger(__name__)

COUNT_SECONDS = 1.0  # for counting the series of queries that recording rules could answer
CLOCK_TOLERANCE = 30.0  # seconds: two scrapes, which nobody sees; stamps and time servers are not exact either


@dataclass(frozen=True)
class BoardService:
    """Refreshes boards from one source."""

    engine: Engine
    source: str
    profiles: Profiles
    tenant: str
    report_zone: ZoneInfo
    deadline_seconds: float
    diagnostician: Diagnostician
    prices: PriceTable
    clock: Callable[[], float] = time.time
    catalog: BoardCatalog = field(default_factory=BoardCatalog)
    marks: Marks = lambda _start, _end: ()
    rules: KnownRules = lambda: ()

    def refresh(
        self,
        state: State,
        panels: Sequence[Panel],
        deadline_seconds: float | None = None,
        board_id: str = "",
        others: Sequence[Panel] = (),
    ) -> BoardView:
        """Every panel of `panels` before the deadline; what is late is PENDING. Nobody waits for `others`.

        Raises InvalidInput for bad state.
        """
        scope = self.scope(state, board_id, (*panels, *others))
        rules = self._rules((*panels, *others), scope, deadline_seconds)
        views = self._views(panels, scope, rules, deadline_seconds, board_id)
        hidden = self._views(others, scope, rules, 0.0, board_id) if others else ()
        return BoardView(scope.window, scope.now, views, hidden)

    def _views(
        self,
        panels: Sequence[Panel],
        scope: Scope,
        rules: RecordedAnswers,
        deadline_seconds: float | None,
        board_id: str,
    ) -> tuple[PanelView, ...]:
        scope = replace(scope, recorded=rules.notes({}, scope))
        plans = [plan(panel, scope) for panel in panels]
        about = {panel.id: metrics_of(panel.queries, scope.profile) for panel in panels}
        known = board_rules(board_id, about, self.rules())
        fired = request_of(known, self.source, self.tenant, scope.window)
        requests = [request for panel_plan in plans for request in panel_plan.requests()]
        outcomes = self._run([*requests, *([fired] if fired else [])], scope, deadline_seconds)
        answer = outcomes[fired] if fired else None
        if isinstance(answer, Answer):
            scope = replace(scope, fired=board_firings(known, scope.window, answer.frame))
        if late := rules.late():  # nobody waits for a note: the next refresh has it
            scope = replace(scope, recorded=rules.notes(self._run(late, scope, 0.0), scope))
        presenter = PanelPresenter(self.engine.metadata[self.source], self.diagnostician, self.marks)
        return tuple(presenter.view(panel_plan, outcomes, scope) for panel_plan in plans)

    def _rules(self, panels: Sequence[Panel], scope: Scope, deadline_seconds: float | None) -> RecordedAnswers:
        """The queries that recording rules answer."""
        counts = series_counts(panels, scope)
        if not counts:
            return RecordedAnswers()
        seconds = self.deadline_seconds if deadline_seconds is None else deadline_seconds
        requests = [request for count in counts for request in count.requests()]
        outcomes = self._run(requests, scope, min(COUNT_SECONDS, seconds))
        return RecordedAnswers(tuple(count for count in counts if count.prefers_rule(outcomes)), outcomes)

    def health(self) -> SourceHealth:
        """How the source answers."""
        return self.engine.health(self.source)

    def offer(self) -> Offer:
        """What the boards offer of what the backend has."""
        return Offer(self.profiles.current(), self.catalog.current())

    def clock_doubt(self) -> str:
        """What is to be said where this server's clock and the source's differ, so that now is not now; or nothing."""
        skew: float = getattr(self.engine.sources[self.source], "clock_skew", 0.0)
        if abs(skew) < CLOCK_TOLERANCE:
            return ""
        gap, name = units.write(abs(skew), Unit.SECONDS), self.engine.sources[self.source].name
        if skew > 0:
            return f"This server's clock is {gap} behind that of {name}: the newest {gap} are not shown"
        return f"This server's clock is {gap} ahead of that of {name}: the last {gap} of each chart lie in the future"

    def scope(self, state: State, board_id: str = "", panels: Sequence[Panel] = ()) -> Scope:
        """The frozen now and the aligned window of a state, whose step is that of the panel with the shortest one.

        Each board's now lags by a phase of its own.
        """
        now = board_now(self.clock(), board_id) if board_id else self.clock()
        interval = self.engine.sources[self.source].scrape_interval
        resolution = self.profiles.current()
        metrics = [metrics_of(panel.queries, resolution.profile) for panel in panels]
        usual = interval({name for names in metrics for name in names})  # learns all of them together
        window = window_of(state, now, min((interval(names) for names in metrics), default=usual))
        prices = self.prices.of_partition() if resolution.profile.partitions_tokens else self.prices
        return Scope(state, window, now, resolution, self.source, self.tenant, self.report_zone, interval, prices)

    def plans(self, board: Dashboard, state: State) -> list[Plan]:
        """What a refresh of a whole board would ask; for `check` and the inspector."""
        scope = self.scope(state, board.id, board.panels)
        return [plan(panel, scope) for panel in board.panels]

    def _run(
        self, requests: Sequence[Request], scope: Scope, deadline_seconds: float | None
    ) -> Mapping[Request, Outcome]:
        unique = list(dict.fromkeys(requests))
        deadline = self.deadline_seconds if deadline_seconds is None else deadline_seconds
        outcomes = self.engine.run_many(unique, deadline)
        factors = scope.profile.bounds
        return {request: _in_contract(outcome, factors) for request, outcome in zip(unique, outcomes, strict=True)}


def _in_contract(outcome: Outcome, factors: Mapping[str, float]) -> Outcome:
    """An answer with the bounds of its buckets in the contract's unit."""
    if not isinstance(outcome, Answer):
        return outcome
    frame = with_canonical_bounds(outcome.frame, outcome.request.expr, factors)
    return outcome if frame is outcome.frame else replace(outcome, frame=frame)
