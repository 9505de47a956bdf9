"""A panel as it is shown: its state and why, its drawing, and the outcomes of its queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from panels.spec import Drawing, Frames, Panel
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.request import Answer, Origin, Outcome


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
    """One refreshed board. `others` are the panels that were not requested, as far as they are cached."""

    window: Window
    now: float
    panels: tuple[PanelView, ...]
    others: tuple[PanelView, ...] = ()


def unknown_view(panel: Panel, main: tuple[Outcome, ...]) -> PanelView:
    """A panel without a sample, of whose range a part is not known: that is not yet “nothing happened”."""
    lacking = [outcome for outcome in main if isinstance(outcome, Answer) and outcome.missing]
    for answer in lacking:
        if answer.error is not None:
            return PanelView(panel, PanelState.FAILED, Drawing(), main, answer.error.sentence, answer.error.hint)
    if lacking:
        return PanelView(panel, PanelState.PENDING, Drawing(), main)
    return with_state(PanelView(panel, PanelState.FRESH, Drawing(), main))


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


def with_state(view: PanelView) -> PanelView:
    """The view with the state of its answers: FRESH unless some of them is stale, partial or missing."""
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
