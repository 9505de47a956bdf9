"""One alert in one row: what, value against threshold, since when, its course, where to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import numpy as np
from markupsafe import Markup

from pages import components as ui
from pages.alerts.silence_form import silence_form
from pages.alerts.source import Course
from pages.alerts.who import acknowledge_button, who_knows
from pages.page_url import PageUrl
from pages.runbooks.query import LABELS
from panels.markup import join, tag
from panels.sparkline import HEIGHT, WIDTH, sparkline
from panels.visible import visible_name
from queries.alerts.merge import severity_rank
from queries.alerts.types import Alert, State, headline_of

# Labels that the row shows in other ways.
_SHOWN: Final = frozenset({"alertname", "severity", "team", "window", "exhaustion", "__name__"})
BEFORE_SECONDS: Final = 600  # an alert waits some minutes before it fires
AFTER_SECONDS: Final = 1_800
_ACKNOWLEDGED: Final = (State.FIRING, State.ACKNOWLEDGED)  # states that offer to acknowledge and to undo it
_SILENCED: Final = (State.FIRING, State.PENDING, State.ACKNOWLEDGED)  # states that offer to silence
_CLASSES: Final = ("critical", "serious", "warning", "warning", "low", "low")


def severity_mark(severity: str) -> Markup:
    """The severity as a word in its colour."""
    return tag("span", severity or "no severity", class_=f"severity severity-{_CLASSES[severity_rank(severity)]}")


def headline(annotations: Mapping[str, str], name: str) -> str:
    """The alert in one sentence with its value."""
    return visible_name(headline_of(annotations, name))


def alert_row(alert: Alert, course: Course | None, url: PageUrl, can_silence: bool) -> Markup:
    """The row; it opens the rule."""
    notes = alert.annotations
    facts = [
        tag("span", tag("b", notes["value"]), f" limit {notes['threshold']}", class_="against")
        if "value" in notes and "threshold" in notes
        else ui.EMPTY,
        tag("span", "since ", ui.moment(int(alert.since * 1e9)), class_="when"),
        tag("span", notes["where"], class_="where") if notes.get("where") else ui.EMPTY,
    ]
    title = tag("span", headline(notes, alert.rule), class_="alert-title")
    name = tag("span", alert.rule, class_="alert-name")
    return tag(
        "li",
        severity_mark(alert.severity),
        ui.link(url.href(rule=alert.rule), title, name, class_="alert-open"),
        tag("span", _course(course), class_="course"),
        tag("span", *facts, class_="facts"),
        tag("span", *_labels(alert), class_="labels"),
        tag("span", *links(alert, url.now), class_="links"),
        who_knows(alert, url.now),
        acknowledge_button(alert) if alert.state in _ACKNOWLEDGED else ui.EMPTY,
        silence_form(alert) if can_silence and alert.state in _SILENCED else ui.EMPTY,
    )


def links(alert: Alert, now: float) -> list[Markup]:
    """Where to look: board, traces, runbook, what changed."""
    notes = alert.annotations
    named = (
        ("Board", notes.get("dashboard")),
        ("Traces", notes.get("traces")),
        ("Runbook", _runbook(alert)),
        ("What changed?", _changes(alert, now)),
    )
    return [ui.link(href, text, class_="quiet") for text, href in named if href and href.startswith("/")]


def _labels(alert: Alert) -> list[Markup]:
    return [
        tag("span", f"{name} ", tag("b", visible_name(value)), class_="label")
        for name, value in alert.labels.items()
        if name not in _SHOWN
    ]


def _course(course: Course | None) -> Markup:
    """The values of the last hours with the limit as a line, if it lies within them."""
    if course is None:
        return ui.EMPTY
    line = sparkline(course.values)
    finite = course.values[np.isfinite(course.values)]
    if not line or finite.size < 2:
        return line
    low, high = float(finite.min()), float(finite.max())
    spread = max(high - low, 0.15 * max(abs(high), abs(low)), 1e-12)
    share = 0.5 - (course.limit - (high + low) / 2) / spread
    if not 0 <= share <= 1:
        return line
    frame = f'<svg class="spark-limit" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
    limit = Markup(f'{frame}<path d="M0 {HEIGHT * share:.1f}H{WIDTH}"/></svg>')  # noqa: S704 - numbers only
    return join([line, limit])


def _changes(alert: Alert, now: float) -> str:
    """The page that compares the time around the beginning of an alert with the time before, in whole minutes."""
    start = int(alert.since - BEFORE_SECONDS) // 60 * 60
    end = int(min(alert.since + AFTER_SECONDS, now)) // 60 * 60
    return f"/changes?from={start}&to={end}"


def _runbook(alert: Alert) -> str:
    """The address of the runbook with the labels of the alert; the label `team` is that of its receivers."""
    href = alert.annotations.get("runbook", "")
    labels = {name: alert.labels[name] for name in LABELS if alert.labels.get(name) and name != "team"}
    return f"{href}?{urlencode(labels)}" if labels and href.startswith("/") else href
