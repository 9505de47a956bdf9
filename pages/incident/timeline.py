"""The entries of the report in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pages.alerts.query import NO_PROBLEM
from pages.changes import words
from pages.changes.load import Metrics, Restart
from pages.incident.load import SLACK_STEPS, IncidentModel
from panels import units
from panels.spec import Unit
from queries.alerts.history import Firing
from queries.alerts.records import AlertRecord

_VERBS: Final = {
    "firing": "fires",
    "resolved": "is resolved",
    "acknowledged": "is acknowledged",
    "acknowledgement withdrawn": "is no longer acknowledged",
    "notification sent": "is notified",
    "notification failed": "could not be notified",
}
_BY_USERS: Final = frozenset({"acknowledged", "acknowledgement withdrawn"})
TOGETHER_SECONDS: Final = 30.0
NAMED: Final = 4  # processes of one entry
_NOT_LISTED: Final = frozenset({"alertname", "job"})
_WORSE: Final = frozenset({"fires", "could not be notified"})


@dataclass(frozen=True)
class Entry:
    """Something that happened at an instant, epoch seconds; `kind` is the word of its column, `tone` its colour."""

    instant: float
    kind: str
    text: str
    detail: str = ""
    tone: str = ""


def entries(model: IncidentModel, end: float) -> tuple[Entry, ...]:
    """All entries, the earliest first; a firing that the history has is not repeated from the series."""
    metrics = model.changes.metrics.value
    records = (model.records.value or ()) if model.records else ()
    notes = (model.notes.value or ()) if model.notes else ()
    known = tuple(record for record in records if record.kind == "firing")
    every = [
        *(_of_record(record) for record in records if record.kind in _VERBS),
        *_of_firings(firings_beside(model, known), end),
        *(Entry(mark.instant, "mark", mark.title) for mark in model.changes.marks),
        *(_of_metrics(metrics) if metrics else ()),
        *(Entry(note.instant, "note", note.text, note.author, "note") for note in notes),
    ]
    return tuple(sorted(every, key=lambda entry: entry.instant))


def firings_beside(model: IncidentModel, known: Iterable[AlertRecord]) -> tuple[Firing, ...]:
    """The firings of the series that the history does not have."""
    slack = SLACK_STEPS * model.step
    spans = [(record.rule, record.starts - slack, (record.ends or float("inf")) + slack) for record in known]
    return tuple(
        firing
        for firing in model.firings.value or ()
        if firing.labels.get("severity") != NO_PROBLEM
        and not any(rule == firing.rule and start <= firing.start <= end for rule, start, end in spans)
    )


def _of_record(record: AlertRecord) -> Entry:
    verb = _VERBS[record.kind]
    by = f" by {record.actor}" if record.kind in _BY_USERS else ""
    detail = record.detail or (record.summary if record.kind == "firing" else "")
    return Entry(record.instant, "alert", f"{record.rule} {verb}{by}", detail, "bad" if verb in _WORSE else "")


def _of_firings(firings: Iterable[Firing], end: float) -> Iterator[Entry]:
    for firing in firings:
        labels = ", ".join(f"{name} {value}" for name, value in firing.labels.items() if name not in _NOT_LISTED)
        yield Entry(firing.start, "alert", f"{firing.rule} fires", labels, "bad")
        if firing.end and firing.end < end:
            seconds = units.write(1_000 * (firing.end - firing.start), Unit.MILLISECONDS)
            yield Entry(firing.end, "alert", f"{firing.rule} is resolved", f"after {seconds}")


def _of_restarts(restarts: Sequence[Restart]) -> Iterator[Entry]:
    """Processes that started together are one entry."""
    group: list[Restart] = []
    for restart in (*restarts, None):
        if group and (restart is None or restart.instant - group[-1].instant > TOGETHER_SECONDS):
            names = list(dict.fromkeys(member.name for member in group))
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            text = f"{', '.join(names[:NAMED])}{more} started"
            yield Entry(group[0].instant, "restart", text)
            group = []
        if restart is not None:
            group.append(restart)


def _of_metrics(metrics: Metrics) -> Iterator[Entry]:
    yield from _of_restarts(metrics.restarts)
    for hypothesis in metrics.hypotheses:
        if not hypothesis.is_consequence:
            change = words.about_part(hypothesis.facts[0], hypothesis)
            yield Entry(float(hypothesis.onset), "change", f"{words.place(hypothesis)}: {change}", tone="change")
