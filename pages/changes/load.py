"""What changed: metrics by signal and by panel, log patterns and traces; every source may fail by itself."""

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
from pages.store_call import StoreCall, StoreResult, result_of
from panels.spec import Mark
from queries.causes.facts import Fact, facts_of
from queries.causes.hypotheses import Hypothesis, hypotheses
from queries.causes.ranking import Change, change_of
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.logs.types import LogQuery
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import Frame, Labels
from queries.search.results import NANO, Range, SignificantValues
from queries.traces.types import TraceQuery

METRIC_SECONDS: Final = 2.0
SIGNAL_SHARE: Final = 0.75  # of that time, for the hypotheses; panels get the rest
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


def load(query: ChangesQuery, session: Session) -> ChangesModel:
    """Ask all sources at the same time. Raises InvalidInput when no metrics are set up."""
    metrics = session.need_metrics()
    patterns = session.call(lambda: _patterns(query, session)) if session.logs else None
    traces = _trace_calls(query, session) if session.traces else None
    alerts = session.call(lambda: metrics.alerts(session.deadline))
    answered = result_of(lambda: _metrics(query, metrics, session.deadline))
    failing, failing_before, slow = (call.result() for call in traces) if traces else (None, None, None)
    marks = metrics.marks(query.window.start_ns / NANO, query.window.end_ns / NANO)
    return ChangesModel(
        answered, alerts.result(), marks, patterns.result() if patterns else None, failing, failing_before, slow
    )


def _patterns(query: ChangesQuery, session: Session) -> tuple[PatternChange, ...]:
    store = session.need_logs()
    now = store.patterns(LogQuery(query.window), PATTERNS, session.deadline)
    return changed_patterns(store.patterns(LogQuery(query.before), PATTERNS, session.deadline), now)


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
    now = reader.window(query.window.start_ns // NANO, query.window.end_ns // NANO)
    windows = (now.shift(query.shift), now)
    deadline = Deadline.after(min(METRIC_SECONDS, until.remaining))
    facts, late, failed = changed_facts(reader, windows, deadline.earlier((1 - SIGNAL_SHARE) * METRIC_SECONDS))
    panels, late_panels, failed_panels = _panels(reader, windows, deadline)
    restarts = _restarts(reader.frames([(template, now) for template in RESTARTS], deadline), now)
    ranked = hypotheses(facts, TOLERANCE_STEPS * now.step)
    reasons = tuple(dict.fromkeys((*failed, *failed_panels)))
    return Metrics(ranked, panels, restarts, late + late_panels, reasons)


def _pairs(
    reader: MetricReader, templates: Sequence[str], windows: tuple[Window, Window], deadline: Deadline
) -> tuple[list[Frame | None], list[Frame | None], int, list[str]]:
    """Frames of the baseline and of the window; how many are late; why others failed."""
    plans = [_planned(template, windows) for template in templates]
    answers = reader.frames(
        [(template, window) for template, planned in zip(templates, plans, strict=True) for window in planned],
        deadline,
    )
    late = sum(answer is None for answer in answers)
    failed = [answer.sentence for answer in answers if isinstance(answer, QueryError)]
    frames = iter(_only_frames(answers))
    before: list[Frame | None] = []
    now: list[Frame | None] = []
    for planned in plans:
        answered = [next(frames) for _ in planned]
        for side, window, frame in zip((before, now), windows, (answered[0], answered[-1]), strict=True):
            side.append(frame and (_part_of(frame, window) if len(planned) == 1 else frame))
    return before, now, late, failed


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
    templates = list(dict.fromkeys(template for question in QUESTIONS for template in question.templates))
    before, now, late, failed = _pairs(reader, templates, windows, deadline)
    place = {template: index for index, template in enumerate(templates)}
    facts: list[Fact] = []
    for question in QUESTIONS:
        indices = [place[template] for template in question.templates]
        sides = [[frames[index] for index in indices] for frames in (before, now)]
        earlier, later = ([frame for frame in side if frame is not None] for side in sides)
        if len(earlier) == len(later) == len(indices):
            compared = observation(question, earlier, later, windows[1].step)
            facts.extend(facts_of(compared) if compared is not None else ())
    return facts, late, failed


def _panels(
    reader: MetricReader, windows: tuple[Window, Window], deadline: Deadline
) -> tuple[tuple[PanelChange, ...], int, list[str]]:
    """The series of each panel that changed most, ranked."""
    queries = reader.panel_queries()
    before, now, late, failed = _pairs(reader, [query.template for query in queries], windows, deadline)
    strongest: dict[tuple[str, str], PanelChange] = {}
    for query, earlier, later in zip(queries, before, now, strict=True):
        if earlier is None or later is None:
            continue
        for change in _changes(query, earlier, later):
            key = (query.board, query.panel)
            if key not in strongest or abs(change.change.ratio) > abs(strongest[key].change.ratio):
                strongest[key] = change
    ranked = sorted(strongest.values(), key=lambda change: -abs(change.change.ratio))
    return tuple(ranked), late, failed


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


def _restarts(answers: Sequence[Answered], window: Window) -> tuple[Restart, ...]:
    """Processes whose start lies in the window."""
    restarts = {
        (" ".join(value for value in labels.values() if value), float(start))
        for frame in _only_frames(answers)
        if frame is not None
        for labels, values in zip(frame.labels, frame.values, strict=True)
        for start in values
        if window.start < start <= window.end
    }
    return tuple(Restart(name, instant) for name, instant in sorted(restarts, key=lambda pair: pair[1]))
