"""What changed: metrics by signal and by panel, log patterns and traces; every source may fail by itself.

The page answers within two seconds: what is late goes on, and is there when the page asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pages import differences
from pages.changes.catalog import QUESTIONS
from pages.changes.observations import observation
from pages.changes.patterns import PatternChange, changed_patterns
from pages.changes.query import ChangesQuery
from pages.metric_reader import Answered, MetricReader, PanelQuery
from pages.session import Session
from pages.store_call import Late, StoreCall, StoreResult, result_of
from panels.spec import Mark
from queries.causes.facts import Fact, facts_of
from queries.causes.hypotheses import Hypothesis, hypotheses
from queries.causes.ranking import Change, change_of
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.logs.types import LogPatterns, LogQuery
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import Frame, Labels
from queries.search.results import NANO, Range, SignificantValues
from queries.traces.types import TraceQuery

ANSWER_SECONDS: Final = 1.4  # of two; the rest is for comparing and for HTML
PATTERNS: Final = 100
TOLERANCE_STEPS: Final = 3
LISTED: Final = 12
RESTARTS: Final = (
    "max by (job, instance) (process_start_time_seconds)",
    "max by (groupname) (namedprocess_namegroup_oldest_start_time_seconds)",
)


@dataclass(frozen=True)
class PanelChange:
    """The series of a panel that changed most; `values` is the frame of the window, `row` the series in it."""

    query: PanelQuery
    labels: Labels
    change: Change
    frame: Frame
    row: int


@dataclass(frozen=True)
class Restart:
    """A process that started at an instant of the window, epoch seconds."""

    name: str
    instant: float


@dataclass(frozen=True)
class Metrics:
    """What the metrics say. `late` counts answers that are on their way, `failed` are the reasons of those without."""

    hypotheses: tuple[Hypothesis, ...]
    panels: tuple[PanelChange, ...]
    restarts: tuple[Restart, ...]
    late: int
    failed: tuple[str, ...]


@dataclass(frozen=True)
class ChangesModel:
    """The answers of all sources."""

    metrics: StoreResult[Metrics]
    alerts: StoreResult[tuple[FiringAlert, ...]]
    marks: tuple[Mark, ...]
    patterns: StoreResult[tuple[PatternChange, ...]] | None
    failing: StoreResult[SignificantValues | None] | None
    failing_before: StoreResult[SignificantValues | None] | None
    slow: StoreResult[SignificantValues | None] | None

    @property
    def is_late(self) -> bool:
        """Whether answers are on their way."""
        results = (self.metrics, self.alerts, self.patterns, self.failing, self.failing_before, self.slow)
        is_part_late = any(result is not None and isinstance(result.error, Late) for result in results)
        return is_part_late or (self.metrics.value is not None and self.metrics.value.late > 0)


def load(query: ChangesQuery, session: Session, until: Deadline | None = None) -> ChangesModel:
    """Ask all sources at the same time, and wait `until` then. Raises InvalidInput when no metrics are set up."""
    until = until or session.deadline.earlier(ANSWER_SECONDS)
    metrics = session.need_metrics()
    patterns = _pattern_calls(query, session) if session.logs else None
    traces = _trace_calls(query, session) if session.traces else None
    alerts = session.call(lambda: metrics.alerts(session.deadline))
    answered = result_of(lambda: _metrics(query, metrics, until))
    failing, failing_before, slow = (call.result_by(until) for call in traces) if traces else (None, None, None)
    marks = metrics.marks(query.window.start_ns / NANO, query.window.end_ns / NANO)
    changed = result_of(lambda: _changed_patterns(patterns, until)) if patterns else None
    return ChangesModel(answered, alerts.result_by(until), marks, changed, failing, failing_before, slow)


def _pattern_calls(query: ChangesQuery, session: Session) -> tuple[StoreCall[LogPatterns], StoreCall[LogPatterns]]:
    """Patterns before and now."""
    store = session.need_logs()
    return (
        session.call(lambda: store.patterns(LogQuery(query.before), PATTERNS, session.deadline)),
        session.call(lambda: store.patterns(LogQuery(query.window), PATTERNS, session.deadline)),
    )


def _changed_patterns(
    calls: tuple[StoreCall[LogPatterns], StoreCall[LogPatterns]], until: Deadline
) -> tuple[PatternChange, ...]:
    before, now = (call.result_by(until).get() for call in calls)
    return changed_patterns(before, now)


def _trace_calls(query: ChangesQuery, session: Session) -> tuple[StoreCall[SignificantValues | None], ...]:
    """Failing against the others, failing now against failing before, slow against the others."""
    store, size = session.need_traces(), 3 * differences.SHOWN
    now, failing = TraceQuery(query.window), TraceQuery(query.window, status="error")
    both = TraceQuery(Range(query.before.start_ns, query.window.end_ns), status="error")
    return (
        session.call(lambda: store.significant_values(failing, now, size, session.deadline)),
        session.call(lambda: store.significant_values(failing, both, size, session.deadline)),
        session.call(lambda: differences.load(store, now, "slow", session.deadline)),
    )


def _metrics(query: ChangesQuery, reader: MetricReader, until: Deadline) -> Metrics:
    """All metrics by one call: those of signals first, then restarts and panels, so that no thread waits between."""
    now = reader.window(query.window.start_ns // NANO, query.window.end_ns // NANO)
    windows = (now.shift(query.shift), now)
    panels, signals = reader.panel_queries(), _signal_templates()
    sides = _pairs(reader, [*signals, *(panel.template for panel in panels)], windows, until, RESTARTS)
    count = len(signals)
    facts = _facts(sides.before[:count], sides.now[:count], now.step)
    ranked = hypotheses(facts, TOLERANCE_STEPS * now.step)
    changed = _panels(panels, sides.before[count:], sides.now[count:])
    return Metrics(ranked, changed, _restarts(sides.more, now), sides.late, sides.failed)


@dataclass(frozen=True)
class _Sides:
    """Frames of the baseline and of the window by template, and of the window alone for `more` templates.

    `late` counts those on their way, `failed` are the reasons of the others.
    """

    before: list[Frame | None]
    now: list[Frame | None]
    more: list[Frame | None]
    late: int
    failed: tuple[str, ...]


def _pairs(
    reader: MetricReader,
    templates: Sequence[str],
    windows: tuple[Window, Window],
    deadline: Deadline,
    more: Sequence[str] = (),
) -> _Sides:
    """The answers to all templates. Does not raise."""
    plans = [_planned(template, windows) for template in templates]
    pairs = [(template, window) for template, planned in zip(templates, plans, strict=True) for window in planned]
    answers = reader.frames([*pairs, *((template, windows[1]) for template in more)], deadline)
    late = sum(answer is None for answer in answers)
    failed = tuple(dict.fromkeys(answer.sentence for answer in answers if isinstance(answer, QueryError)))
    frames = iter(_only_frames(answers))
    before: list[Frame | None] = []
    now: list[Frame | None] = []
    for planned in plans:
        answered = [next(frames) for _ in planned]
        for side, window, frame in zip((before, now), windows, (answered[0], answered[-1]), strict=True):
            side.append(frame and (_part_of(frame, window) if len(planned) == 1 else frame))
    return _Sides(before, now, list(frames), late, failed)


def _planned(template: str, windows: tuple[Window, Window]) -> tuple[Window, ...]:
    """The windows to ask for: one over both where they adjoin, since half as many queries take half the time."""
    before, now = windows
    adjoin = before.step == now.step and before.start <= now.start <= before.end + before.step
    if not adjoin or "$__range" in template:
        return windows
    return (replace(now, start=before.start),)


def _part_of(frame: Frame, window: Window) -> Frame:
    """The points of a frame inside a window, without series that have none there."""
    inside = (frame.times >= window.start) & (frame.times <= window.end)
    values = frame.values[:, inside]
    rows = np.flatnonzero(~np.isnan(values).all(axis=1))
    return replace(
        frame, times=frame.times[inside], labels=tuple(frame.labels[row] for row in rows), values=values[rows]
    )


def _only_frames(answers: Sequence[Answered]) -> list[Frame | None]:
    return [answer if isinstance(answer, Frame) else None for answer in answers]


def changed_facts(
    reader: MetricReader, windows: tuple[Window, Window], deadline: Deadline
) -> tuple[list[Fact], int, list[str]]:
    """Facts about a baseline and a window after it; how many answers are late; why others failed."""
    sides = _pairs(reader, _signal_templates(), windows, deadline)
    return _facts(sides.before, sides.now, windows[1].step), sides.late, list(sides.failed)


def _signal_templates() -> list[str]:
    return list(dict.fromkeys(template for question in QUESTIONS for template in question.templates))


def _facts(before: Sequence[Frame | None], now: Sequence[Frame | None], step: int) -> list[Fact]:
    """Facts of the signals whose templates are answered on both sides."""
    place = {template: index for index, template in enumerate(_signal_templates())}
    facts: list[Fact] = []
    for question in QUESTIONS:
        indices = [place[template] for template in question.templates]
        sides = [[frames[index] for index in indices] for frames in (before, now)]
        earlier, later = ([frame for frame in side if frame is not None] for side in sides)
        if len(earlier) == len(later) == len(indices):
            compared = observation(question, earlier, later, step)
            facts.extend(facts_of(compared) if compared is not None else ())
    return facts


def _panels(
    queries: Sequence[PanelQuery], before: Sequence[Frame | None], now: Sequence[Frame | None]
) -> tuple[PanelChange, ...]:
    """The series of each panel that changed most, ranked."""
    strongest: dict[tuple[str, str], PanelChange] = {}
    for query, earlier, later in zip(queries, before, now, strict=True):
        if earlier is None or later is None:
            continue
        for change in _changes(query, earlier, later):
            key = (query.board, query.panel)
            if key not in strongest or abs(change.change.ratio) > abs(strongest[key].change.ratio):
                strongest[key] = change
    return tuple(sorted(strongest.values(), key=lambda change: -abs(change.change.ratio)))


def _changes(query: PanelQuery, before: Frame, now: Frame) -> list[PanelChange]:
    rows = {_key(labels): row for row, labels in enumerate(before.labels)}
    changes = []
    for row, labels in enumerate(now.labels):
        earlier = rows.get(_key(labels))
        change = change_of(before.values[earlier], now.values[row]) if earlier is not None else None
        if change is not None:
            changes.append(PanelChange(query, labels, change, now, row))
    return changes


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _restarts(frames: Sequence[Frame | None], window: Window) -> tuple[Restart, ...]:
    """Processes whose start lies in the window."""
    restarts = {
        (" ".join(value for value in labels.values() if value), float(start))
        for frame in frames
        if frame is not None
        for labels, values in zip(frame.labels, frame.values, strict=True)
        for start in values
        if window.start < start <= window.end
    }
    return tuple(Restart(name, instant) for name, instant in sorted(restarts, key=lambda pair: pair[1]))
