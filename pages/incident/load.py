"""Everything that is known about the span: changes, alerts by Prometheus and by the history, notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages.changes import load as changes
from pages.changes.load import ChangesModel
from pages.changes.query import ChangesQuery
from pages.session import Session
from pages.store_call import Late, StoreResult
from queries.alerts.history import Firing, firings
from queries.alerts.records import AlertRecord, Note
from queries.core.deadline import Deadline
from queries.metrics.frame import Frame
from queries.search.results import NANO

EVALUATION_SECONDS: Final = 15.0  # between evaluations of a rule whose interval is not known
SLACK_STEPS: Final = 2  # by which the history and the series may differ about the start of a firing


@dataclass(frozen=True)
class IncidentModel:
    """The answers of all sources; `records` and `notes` are None without an alert history."""

    changes: ChangesModel
    firings: StoreResult[tuple[Firing, ...]]
    records: StoreResult[tuple[AlertRecord, ...]] | None
    notes: StoreResult[tuple[Note, ...]] | None
    step: int

    @property
    def is_late(self) -> bool:
        """Whether answers are on their way."""
        results = (self.firings, self.records, self.notes)
        return self.changes.is_late or any(row is not None and isinstance(row.error, Late) for row in results)


def load(query: ChangesQuery, session: Session) -> IncidentModel:
    """Ask all sources. Raises InvalidInput when no metrics are set up."""
    start, end = query.window.start_ns / NANO, query.window.end_ns / NANO
    reader, store = session.need_metrics(), session.incidents
    until = session.deadline.earlier(changes.ANSWER_SECONDS)
    records = session.call(lambda: store.alerts(start, end)) if store else None
    notes = session.call(lambda: store.notes(start, end)) if store else None
    fired = session.call(lambda: _firings(query, session, session.deadline))
    changed = changes.load(query, session, until)
    step = reader.window(int(start), int(end)).step
    return IncidentModel(
        changed,
        fired.result_by(until),
        records.result_by(until) if records else None,
        notes.result_by(until) if notes else None,
        step,
    )


def _firings(query: ChangesQuery, session: Session, deadline: Deadline) -> tuple[Firing, ...]:
    """The firings that Prometheus stored. A firing before the span began is one from its first step."""
    reader = session.need_metrics()
    window = reader.window(query.window.start_ns // NANO, query.window.end_ns // NANO)
    template = f'count_over_time(ALERTS{{alertstate="firing"}}[{window.step}s])'
    answer = reader.frames([(template, window)], deadline)[0]
    if isinstance(answer, Frame):
        overview = session.alerts.overview() if session.alerts else None
        intervals = {rule.name: rule.interval for rule in overview.rules} if overview else {}
        series = list(zip(answer.labels, answer.values, strict=True))
        return firings(answer.times, series, window.step, lambda name: intervals.get(name, EVALUATION_SECONDS))
    if answer is not None:
        raise answer
    return ()
