"""Who knows of an alert: who has acknowledged it, which channels were notified, where Alertmanager routes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from pages import components as ui
from panels.markup import join, tag
from panels.visible import visible_name
from queries.alerts.records import Acknowledgement, Delivery, Outcome, RecordedAlert
from queries.alerts.types import Alert, State

_WORDS: Final = {
    Outcome.SENT: "notified ",
    Outcome.UNDER_WAY: "notifying ",
    Outcome.UNKNOWN: "perhaps notified ",
    Outcome.FAILED: "not notified ",
}


def who_knows(alert: Alert, now: float) -> Markup:
    """In words; empty for an alert that has not fired yet. `now` is in epoch seconds."""
    if alert.state is State.PENDING:
        return ui.EMPTY
    record = alert.record
    known = [_acknowledged(record.acknowledged, now)] if record and record.acknowledged else []
    known += _notified(record, now) if record else []
    if not known and alert.receivers:
        known = [Markup.escape(f"routed to {', '.join(map(visible_name, alert.receivers))}")]
    if not known and record is not None:
        known = [Markup("nobody was notified yet")]
    return tag("span", *_separated(known), class_="who") if known else ui.EMPTY


def acknowledge_button(alert: Alert) -> Markup:
    """A button that acknowledges an alert of the history, or withdraws that; assets/src/acknowledge.js sends it."""
    record = alert.record
    if record is None:
        return ui.EMPTY
    if record.acknowledged is None:
        label = f"Acknowledge {alert.rule}"
        button = tag("button", "Acknowledge", type="button", data_acknowledge=record.id, aria_label=label)
    else:
        label = f"Undo the acknowledgement of {alert.rule}"
        button = tag("button", "Undo", type="button", data_withdraw=record.id, aria_label=label)
    return tag("span", button, tag("span", "", class_="bad", role="alert"), class_="acknowledge")


def latest(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """The newest attempt for each channel and purpose."""
    newest: dict[tuple[str, str], Delivery] = {}
    for delivery in sorted(deliveries, key=lambda delivery: (delivery.attempt, delivery.instant)):
        newest[(delivery.channel, delivery.purpose)] = delivery
    return tuple(newest.values())


def _acknowledged(known: Acknowledgement, now: float) -> Markup:
    comment = f": {visible_name(known.comment)}" if known.comment else ""
    return tag("b", f"acknowledged by {visible_name(known.actor)} ", ui.age(known.time, now), comment)


def _notified(record: RecordedAlert, now: float) -> list[Markup]:
    groups: dict[Outcome, list[Delivery]] = {}
    for delivery in latest(record.deliveries):
        groups.setdefault(delivery.outcome, []).append(delivery)
    return [_group(outcome, groups[outcome], now) for outcome in Outcome if outcome in groups]


def _group(outcome: Outcome, deliveries: Sequence[Delivery], now: float) -> Markup:
    channels = ", ".join(dict.fromkeys(visible_name(delivery.channel) for delivery in deliveries))
    newest = max(delivery.instant for delivery in deliveries)
    is_bad = outcome in (Outcome.FAILED, Outcome.UNKNOWN)
    return tag("span", f"{_WORDS[outcome]}{channels} ", ui.age(newest, now), class_="bad" if is_bad else None)


def _separated(parts: Sequence[Markup]) -> list[Markup]:
    return [join([part, Markup(" · ")]) for part in parts[:-1]] + list(parts[-1:])
