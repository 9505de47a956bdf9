"""A panel's view from the outcomes of its plan: derive, tell the states apart, draw, say why it is empty."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.panel_view import PanelState, PanelView, unknown_view, with_state
from app.plan import Plan, Scope, scope_of
from app.recorded_queries import notes_of
from pages.choices import COMPARISONS
from panels import draw
from panels.prices import PriceTable
from panels.spec import WITHOUT_DATA, DrawContext, Drawing, Frames, Mark, Panel, RowChoice
from queries.core.errors import QueryError
from queries.core.time_range import DAY, Window
from queries.metrics.diagnose import Diagnosis, Diagnostician, Question, Why
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.metadata import Metadata
from queries.metrics.promql import canonical
from queries.metrics.request import Answer, Outcome, Pending, Request

log = logging.getLogger(__name__)

Marks = Callable[[float, float], tuple[Mark, ...]]  # the marks between two instants, in epoch seconds


@dataclass(frozen=True)
class PanelPresenter:
    """Draws panels of one source."""

    metadata: Metadata
    diagnostician: Diagnostician
    marks: Marks

    def view(self, panel_plan: Plan, outcomes: Mapping[Request, Outcome], scope: Scope) -> PanelView:
        """The panel's view; its state says what its data lack. `outcomes` has one for each request of the plan."""
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
            return with_state(self._draw(panel_plan, main, now, outcomes, scope))
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
                return unknown_view(panel, main)
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
            self.metadata, request, scope.state.filters, Question(expr, profile)
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
