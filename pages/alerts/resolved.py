"""Alerts that ended within the last hours."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.alerts.load import AlertsModel
from pages.alerts.query import LABELS, NO_PROBLEM, AlertsQuery
from pages.alerts.row import severity_mark
from pages.alerts.rows import labels_text, row, table
from queries.alerts.history import Firing

HOURS: Final = 6
_TITLE: Final = f"Resolved in the last {HOURS} hours"
_LISTED: Final = 20


def section(query: AlertsQuery, model: AlertsModel) -> Markup:
    """The newest of them; nothing while a rule is open, without any, or while the history is unknown."""
    if query.rule or model.firings.error is not None:
        return ui.EMPTY
    since = query.url.now - 3_600 * HOURS
    ended = [firing for firing in model.firings.get() if firing.end > since and _is_listed(query, firing)]
    if not ended:
        return ui.EMPTY
    ended.sort(key=lambda firing: firing.end, reverse=True)
    more = f", the newest {_LISTED}" if len(ended) > _LISTED else ""
    rows = [_row(query, firing) for firing in ended[:_LISTED]]
    head = ("Alert", "Severity", "Ended", "Lasted", "Labels")
    return ui.section(f"{_TITLE} ({len(ended)}{more})", table(_TITLE, head, rows))


def _is_listed(query: AlertsQuery, firing: Firing) -> bool:
    if firing.labels.get("severity") == NO_PROBLEM:
        return False
    return all(firing.labels.get(name, "") in query.labels[name] for name in LABELS if name in query.labels)


def _row(query: AlertsQuery, firing: Firing) -> Markup:
    return row(
        ui.link(query.url.href(rule=firing.rule), firing.rule),
        severity_mark(firing.labels.get("severity", "")),
        ui.moment(int(firing.end * 1e9)),
        ui.duration((firing.end - firing.start) * 1e9),
        labels_text(firing.labels),
    )
