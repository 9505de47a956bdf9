"""A board refreshed: plan every panel's requests, run them together, tell the states apart, draw."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from app.board_catalog import BoardCatalog
from app.firing_spans import KnownRules, board_firings, board_rules, request_of
from app.offer import Offer
from app.plan import Plan, Scope, metrics_of, plan, scope_of
from app.recorded_queries import RecordedAnswers, notes_of, series_counts
from app.state import State
from app.state import window as window_of
from pages.choices import COMPARISONS
from panels import draw, units
from panels.prices import PriceTable
from panels.spec import WITHOUT_DATA, Dashboard, DrawContext, Drawing, Frames, Mark, Panel, RowChoice, Unit
from queries.core.circuit_breaker import SourceHealth
from queries.core.errors import QueryError
from queries.core.time_range import DAY, Window
from queries.metrics.bounds import with_canonical_bounds
from queries.metrics.diagnose import Diagnosis, Diagnostician, Question, Why
from queries.metrics.engine import Engine
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.promql import canonical
from queries.metrics.request import Answer, Origin, Outcome, Pending, Request
from queries.metrics.resolver import Profiles
from queries.metrics.stagger import board_now

log = logging.getLogger(__name__)

COUNT_SECONDS = 1.0  # for counting the series of queries that recording rules could answer
CLOCK_TOLERANCE = 30.0  # seconds: two scrapes, which nobody sees; stamps and time servers are not exact either


class PanelState(StrEnum):
    """What a panel can say about itself; each looks different."""

    FRESH = "fresh"
    STALE = "stale"  # the last good data, with its age
    PARTIAL = "partial"  # some of its queries failed, or the backend gave half an answer
    QUIET = "quiet"  # empty, and that is fine
    ABSENT = "absent"  # the metric was never seen, a target is down, no label matches
    FAILED = "failed"
    PENDING = "pending"  # late; ask again


@dataclass(frozen=True)
class PanelView:
    """A panel as it is shown: its state, why, its drawing, and the frames that are drawn."""

    panel: Panel
    state: PanelState
    drawing: Drawing
    outcomes: tuple[Outcome, ...]
    sentence: str = ""
    hint: str = ""
    age: float = 0.0
    frames: Frames = ()
    now: tuple[Outcome, ...] = ()  # its queries at the newest instant, where the course does not reach it
    warning: str = ""  # a computed number leaves something out: tokens of models without a price
    # False while a query of it, those it is compared with included, is late, failed, old, or answered in part.
    is_final: bool = True

    @property
    def is_renewing(self) -> bool:
        """Whether newer data are on their way."""
        return any(
            isinstance(outcome, Answer) and outcome.origin is Origin.STALE and outcome.error is None
            for outcome in (*self.outcomes, *self.now)
        )


@dataclass(frozen=True)
class BoardView:
    """One refreshed board. `others` are the panels that were not asked for, as far as they are at hand."""

    window: Window
    now: float
    panels: tuple[PanelView, ...]
    others: tuple[PanelView, ...] = ()


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
    marks: Callable[[float, float], tuple[Mark, ...]] = lambda _start, _end: ()
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
        return tuple(self._show(panel_plan, outcomes, scope) for panel_plan in plans)

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

    def _show(self, panel_plan: Plan, outcomes: Mapping[Request, Outcome], scope: Scope) -> PanelView:
        # Buckets that cannot be had are assumed to be the contract's: asking again at once would not help.
        failed = {request for request in panel_plan.bounds if request and isinstance(outcomes[request], QueryError)}
        final = all(_is_final(outcomes[request]) for request in panel_plan.requests() if request not in failed)
        return replace(self._state(panel_plan, outcomes, scope_of(panel_plan.panel, scope)), is_final=final)

    def _state(self, panel_plan: Plan, outcomes: Mapping[Request, Outcome], scope: Scope) -> PanelView:
        if isinstance(panel_plan.panel.view, WITHOUT_DATA):
            drawing = draw(panel_plan.panel, (), DrawContext(panel_plan.window))
            return PanelView(panel_plan.panel, PanelState.FRESH, drawing, ())
        main = tuple(outcomes[request] for request in panel_plan.main)
        now = tuple(outcomes[request] for request in panel_plan.now)
        if any(isinstance(outcome, Pending) for outcome in (*main, *now)):
            return PanelView(panel_plan.panel, PanelState.PENDING, Drawing(), main)
        errors = [outcome for outcome in main if isinstance(outcome, QueryError)]
        if len(errors) == len(main):
            log.warning("panel_failed", extra={"panel": panel_plan.panel.id, "reason": str(errors[0])})
            return PanelView(panel_plan.panel, PanelState.FAILED, Drawing(), main, errors[0].sentence, errors[0].hint)
        try:
            return _with_state(self._draw(panel_plan, main, now, outcomes, scope))
        except Exception:  # one panel's defect must not take the board with it
            log.exception("panel_drawing_failed", extra={"panel": panel_plan.panel.id})
            sentence = "This panel could not be drawn from the answer it got."
            return PanelView(
                panel_plan.panel, PanelState.FAILED, Drawing(), main, sentence, "The server's log says why."
            )

    def _draw(
        self,
        panel_plan: Plan,
        main: tuple[Outcome, ...],
        now: tuple[Outcome, ...],
        outcomes: Mapping[Request, Outcome],
        scope: Scope,
    ) -> PanelView:
        panel = panel_plan.panel
        frames = _derive(panel, _frames(main), panel_plan.main[0].window, scope.prices)
        if all(frame.is_empty for frame in frames):
            if not all(map(_is_whole, main)):
                return _unknown_view(panel, main)
            if not scope.resolution.is_known:
                return PanelView(panel, PanelState.PENDING, Drawing(), main)
            view = self._empty_view(panel_plan, main, scope, _derivation_note(panel, frames, main))
            return replace(view, warning=_warning(frames))
        context = DrawContext(
            panel_plan.main[0].window if panel.queries[0].over.value in ("today", "month") else panel_plan.window,
            compare=self._comparison_frames(panel_plan, outcomes, scope),
            compare_label=COMPARISONS.get(scope.state.compare, ""),
            earlier_days=self._earlier_days(panel_plan, outcomes, scope),
            day_before=_derive_results(panel, panel_plan.day_before, outcomes, scope.prices),
            now=_present(panel_plan, now, scope.prices),
            bounds=_bounds(panel_plan, outcomes),
            marks=self.marks(panel_plan.window.start, panel_plan.window.end),
            firings=scope.fired.spans(panel.id, scope.state.filters) if scope.fired else (),
            rows=scope.state.rows.get(panel.id, RowChoice()),
        )
        drawing = draw(panel, frames, context)
        drawing = replace(
            drawing, notes=tuple(dict.fromkeys((*drawing.notes, *notes_of(panel.queries, scope), *_source_notes(main))))
        )
        # A model that was first used in the present step is in the newest instant only.
        warning = _warning((*frames, *(context.now or ())))
        return PanelView(panel, PanelState.FRESH, drawing, main, frames=frames, now=now, warning=warning)

    def _comparison_frames(self, panel_plan: Plan, outcomes: Mapping[Request, Outcome], scope: Scope) -> Frames:
        """The earlier period's frames, moved to the present times."""
        if not panel_plan.compare:
            return ()
        shift = panel_plan.main[0].window.start - panel_plan.compare[0].window.start
        return _moved(panel_plan.panel, panel_plan.compare, outcomes, scope.prices, shift)

    def _earlier_days(self, panel_plan: Plan, outcomes: Mapping[Request, Outcome], scope: Scope) -> tuple[Frames, ...]:
        """The frames of each earlier day that could be had, moved to the present times."""
        days = enumerate(panel_plan.earlier_days, start=1)
        moved = (_moved(panel_plan.panel, day, outcomes, scope.prices, number * DAY) for number, day in days)
        return tuple(frames for frames in moved if frames)

    def _empty_view(self, panel_plan: Plan, main: tuple[Outcome, ...], scope: Scope, note: str = "") -> PanelView:
        if note:
            return PanelView(panel_plan.panel, PanelState.ABSENT, Drawing(alt=note), main, note)
        request, profile = panel_plan.main[0], scope.profile
        expr = canonical(panel_plan.panel.queries[0].expr, request.window, scope.state.filters, profile)
        why: Diagnosis = self.diagnostician.diagnose(
            self.engine.metadata[self.source], request, scope.state.filters, Question(expr, profile)
        )
        if why.why is Why.NOTHING_HAPPENED:
            return PanelView(
                panel_plan.panel,
                PanelState.QUIET,
                Drawing(alt=panel_plan.panel.empty_message),
                main,
                panel_plan.panel.empty_message,
            )
        return PanelView(panel_plan.panel, PanelState.ABSENT, Drawing(alt=why.sentence), main, why.sentence)


def _moved(
    panel: Panel, requests: Sequence[Request], outcomes: Mapping[Request, Outcome], prices: PriceTable, shift: int
) -> Frames:
    """The frames of earlier requests, `shift` seconds later; empty where one of them was not answered."""
    answers = [outcomes[request] for request in requests]
    if not all(isinstance(answer, Answer) for answer in answers):
        return ()
    frames = _derive(panel, _frames(answers), requests[0].window, prices)
    return tuple(replace(frame, times=frame.times + shift) for frame in frames)


def _in_contract(outcome: Outcome, factors: Mapping[str, float]) -> Outcome:
    """An answer with the bounds of its buckets in the contract's unit."""
    if not isinstance(outcome, Answer):
        return outcome
    frame = with_canonical_bounds(outcome.frame, outcome.request.expr, factors)
    return outcome if frame is outcome.frame else replace(outcome, frame=frame)


def _frames(outcomes: Sequence[Outcome]) -> Frames:
    """One frame a query; a failed one is empty."""
    return tuple(outcome.frame if isinstance(outcome, Answer) else EMPTY for outcome in outcomes)


def _derivation_note(panel: Panel, frames: Frames, main: Sequence[Outcome]) -> str:
    """What the panel's own computation says about an answer that it made nothing of: a reason, or nothing."""
    answered = {note for outcome in main if isinstance(outcome, Answer) for note in outcome.frame.notes}
    own = [note for frame in frames for note in frame.notes if note not in answered] if panel.derive else []
    return f"{own[0]}." if own else ""


def _warning(frames: Frames) -> str:
    """What the numbers of a computation lack, the first reason; empty if nothing."""
    return next((warning for frame in frames for warning in frame.warnings), "")


def _derive(panel: Panel, frames: Frames, window: Window, prices: PriceTable) -> Frames:
    return panel.derive(frames, window, prices) if panel.derive else frames


def _derive_results(
    panel: Panel, requests: Sequence[Request], outcomes: Mapping[Request, Outcome], prices: PriceTable
) -> Frames:
    frames = _frames([outcomes[request] for request in requests])
    if not frames or not all(_is_complete(frame) for frame in frames):
        return ()
    return _derive(panel, frames, requests[0].window, prices)


def _present(panel_plan: Plan, now: Sequence[Outcome], prices: PriceTable) -> Frames | None:
    """The frames of the newest instant; None where the course reaches it, or they could not be had."""
    if not now or not all(isinstance(outcome, Answer) for outcome in now):
        return None
    return _derive(panel_plan.panel, _frames(now), panel_plan.now[0].window, prices)


def _bounds(panel_plan: Plan, outcomes: Mapping[Request, Outcome]) -> Frames:
    """The buckets behind each query's quantile; empty where there is none, or they could not be had."""
    outcomes_of_bounds = [outcomes[request] if request is not None else None for request in panel_plan.bounds]
    return tuple(outcome.frame if isinstance(outcome, Answer) else EMPTY for outcome in outcomes_of_bounds)


def _is_complete(frame: Frame) -> bool:
    """Whether a frame was measured from its first instant: half of yesterday is no yesterday to compare with."""
    return frame.times.size > 0 and not bool(np.isnan(frame.values[:, 0]).all())


def _source_notes(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The backend's own warnings, each once."""
    notes = (note for outcome in outcomes if isinstance(outcome, Answer) for note in outcome.frame.notes)
    return tuple(dict.fromkeys(notes))[:3]


def _is_final(outcome: Outcome) -> bool:
    return isinstance(outcome, Answer) and outcome.is_final


def _is_whole(outcome: Outcome) -> bool:
    """Whether an outcome covers its whole window, so that what is absent in it is absent in the backend."""
    return isinstance(outcome, Answer) and not outcome.missing and not outcome.partial


def _unknown_view(panel: Panel, main: tuple[Outcome, ...]) -> PanelView:
    """A panel without a sample, of whose range a part is not known: that is not yet “nothing happened”."""
    lacking = [outcome for outcome in main if isinstance(outcome, Answer) and outcome.missing]
    for answer in lacking:
        if answer.error is not None:
            return PanelView(panel, PanelState.FAILED, Drawing(), main, answer.error.sentence, answer.error.hint)
    if lacking:
        return PanelView(panel, PanelState.PENDING, Drawing(), main)
    return _with_state(PanelView(panel, PanelState.FRESH, Drawing(), main))


def _is_old(answer: Answer) -> bool:
    """Whether a stale answer must be marked: it has a gap, could not be renewed, or is more than two steps old."""
    return answer.origin is Origin.STALE and (
        answer.missing > 0 or answer.error is not None or answer.age > max(30, 2 * answer.request.window.step)
    )


def _under_way(stale: Sequence[Answer]) -> str:
    share = max(answer.missing / answer.request.window.points for answer in stale)
    if share <= 0:
        return "A refresh is under way."
    return f"A refresh is under way; {max(1, round(100 * share))} % of the range has not been loaded yet."


def _with_state(view: PanelView) -> PanelView:
    """FRESH unless some answer is stale, partial or missing."""
    if view.state is not PanelState.FRESH:
        return view
    outcomes = (*view.outcomes, *view.now)
    errors = [outcome for outcome in outcomes if isinstance(outcome, QueryError)]
    stale = [outcome for outcome in outcomes if isinstance(outcome, Answer) and _is_old(outcome)]
    if stale:
        oldest = max(stale, key=lambda answer: answer.age)
        reason = oldest.error.sentence if oldest.error else _under_way(stale)
        return replace(view, state=PanelState.STALE, age=oldest.age, sentence=reason)
    if errors:
        sentence = f"{len(errors)} of {len(outcomes)} queries failed: {errors[0].sentence}"
        return replace(view, state=PanelState.PARTIAL, sentence=sentence)
    if any(isinstance(outcome, Answer) and outcome.partial for outcome in outcomes):
        return replace(view, state=PanelState.PARTIAL, sentence="The source gave only part of the answer.")
    return view
