"""What the alert history has about the open rule: notifications, acknowledgements, and silences with who made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.alerts.load import HISTORY_DAYS, AlertsModel
from pages.alerts.rows import labels_text, row, table
from pages.alerts.source import RuleRecords
from panels.markup import join, tag
from panels.visible import visible_name
from queries.alerts.records import Delivery, Outcome, RecordedAlert, UserStep
from queries.alerts.silence_changes import SilenceChange
from queries.core.errors import QueryError

_LISTED: Final = 50
_BAD: Final = (Outcome.FAILED, Outcome.UNKNOWN)


def section(rule: str, model: AlertsModel) -> Markup:
    """The tables; the reason where the history cannot be read."""
    try:
        records = model.records.get()
    except QueryError as error:
        return tag("p", f"Notifications and silences are unknown: {error.sentence}", class_="notes partial")
    label_sets = _label_sets(rule, model, records)
    changes = [change for change in records.silences if change.concerns(label_sets)]
    return join([_notifications(records), _changes(records, changes)])


def _label_sets(rule: str, model: AlertsModel, records: RuleRecords) -> Sequence[Mapping[str, str]]:
    """The labels that alerts of the rule have had, as far as they are known."""
    of_rules = [{"alertname": rule, **known.labels} for known in model.overview.rules if known.name == rule]
    firings = model.firings.value or ()
    of_records = [alert.labels for alert in records.alerts]
    of_firings = [firing.labels for firing in firings]
    return [*of_rules, *(alert.labels for alert in model.alerts), *of_records, *of_firings]


def _notifications(records: RuleRecords) -> Markup:
    if not records.has_history:
        return ui.EMPTY
    rows = [(alert, delivery) for alert in records.alerts for delivery in alert.deliveries]
    rows.sort(key=lambda pair: pair[1].instant, reverse=True)
    name = "Notifications by this app"
    title = tag("h3", name)
    if not rows:
        return join([title, tag("p", f"None in the last {HISTORY_DAYS} days.", class_="notes")])
    head = ("Time", "Channel", "For", "Outcome", "Alert")
    return join([title, table(name, head, [_delivery(*pair) for pair in rows[:_LISTED]]), _more(len(rows))])


def _delivery(alert: RecordedAlert, delivery: Delivery) -> Markup:
    attempt = f", attempt {delivery.attempt}" if delivery.attempt > 1 else ""
    reason = f": {visible_name(delivery.detail)}" if delivery.detail else ""
    outcome = tag("span", f"{delivery.outcome}{attempt}{reason}", class_="bad" if delivery.outcome in _BAD else None)
    return row(
        _moment(delivery.instant), visible_name(delivery.channel), delivery.purpose, outcome, labels_text(alert.labels)
    )


def _changes(records: RuleRecords, changes: Sequence[SilenceChange]) -> Markup:
    """Acknowledgements and silences in one table, the newest first."""
    rows: list[tuple[float, Markup]] = [(change.instant, _silence(change)) for change in changes]
    rows += [(step.instant, _step(alert, step)) for alert, step in _steps(records)]
    rows.sort(key=lambda pair: pair[0], reverse=True)
    name = "Acknowledgements and silences"
    title = tag("h3", name)
    if not rows:
        return join([title, tag("p", f"None in the last {HISTORY_DAYS} days.", class_="notes")])
    head = ("Time", "What", "By", "Reason", "Until", "For")
    return join([title, table(name, head, [html for _, html in rows[:_LISTED]]), _more(len(rows))])


def _steps(records: RuleRecords) -> Iterator[tuple[RecordedAlert, UserStep]]:
    yield from ((alert, step) for alert in records.alerts for step in alert.steps)


def _step(alert: RecordedAlert, step: UserStep) -> Markup:
    return row(
        _moment(step.instant),
        step.kind,
        visible_name(step.actor),
        visible_name(step.comment),
        "",
        labels_text(alert.labels),
    )


def _silence(change: SilenceChange) -> Markup:
    return row(
        _moment(change.instant),
        change.kind,
        visible_name(change.actor),
        visible_name(change.comment),
        _moment(change.ends_at),
        tag("code", ", ".join(map(str, change.matchers))),
    )


def _moment(instant: float) -> Markup:
    return ui.moment(int(instant * 1e9))


def _more(count: int) -> Markup:
    return tag("p", f"The newest {_LISTED} of {count} are listed.", class_="notes") if count > _LISTED else ui.EMPTY
