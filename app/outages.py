"""Backends that are away: one statement for a page instead of one for each panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.alerts import AlertState
from app.panel_view import PanelView
from queries.core.circuit_breaker import SourceHealth
from queries.core.errors import SourceUnavailable
from queries.metrics.request import Answer


@dataclass(frozen=True)
class Outage:
    """A backend that gives no answers. Times are epoch seconds; `data_until` is None where nothing is known."""

    source: str
    text: str
    since: float
    data_until: float | None


def outages(health: SourceHealth, views: Sequence[PanelView], alerts: AlertState, now: float) -> tuple[Outage, ...]:
    """What is away now, as far as this page needs it."""
    return (*_metrics_outage(health, views, now), *_alerts_outage(alerts))


def _metrics_outage(health: SourceHealth, views: Sequence[PanelView], now: float) -> Iterator[Outage]:
    """A failing backend, where at least half of the page suffers: a single heavy query is the panel's own trouble."""
    errors = [error for view in views if (error := _failure(view)) is not None]
    if health.failing_since is None or not errors or 2 * len(errors) < len(views):
        return
    ages = [answer.age for view in views for answer in view.outcomes if isinstance(answer, Answer) and answer.error]
    yield Outage(errors[0].source, errors[0].sentence, health.failing_since, now - min(ages) if ages else None)


def _failure(view: PanelView) -> SourceUnavailable | None:
    for outcome in view.outcomes:
        error = outcome.error if isinstance(outcome, Answer) else outcome
        if isinstance(error, SourceUnavailable):
            return error
    return None


def _alerts_outage(alerts: AlertState) -> Iterator[Outage]:
    if alerts.error:
        yield Outage(alerts.source, alerts.error, alerts.failing_since, alerts.as_of or None)
