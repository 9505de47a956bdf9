"""The alerts page as HTML: the state in words, alerts by state, the open rule, all rules, silences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.alerts import detail, resolved, rule_table
from pages.alerts.load import AlertsModel
from pages.alerts.query import LABELS, NO_PROBLEM, AlertsQuery
from pages.alerts.row import alert_row
from pages.alerts.rows import row, table
from pages.alerts.silence_form import silence_actions
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl
from panels.markup import join, tag
from queries.alerts.merge import severity_rank
from queries.alerts.types import Alert, AlertOverview, Silence, State

PARTS: Final = ("form", "list", "detail", "resolved", "rules", "silences")
_TITLES: Final = {
    State.FIRING: "Firing",
    State.PENDING: "Pending",
    State.ACKNOWLEDGED: "Acknowledged",
    State.SILENCED: "Silenced",
    State.INHIBITED: "Inhibited",
}
_MAX_AGE: Final = 5.0
_MOST_CHOICES: Final = 12


def view(query: AlertsQuery, model: AlertsModel) -> PageContent:
    """All parts of the page."""
    url, parts = query.url, PageParts()
    parts.add("form", lambda: form(url, model.overview))
    parts.add("list", lambda: _lists(query, model))
    parts.add("detail", lambda: detail.section(query, model), query.rule)
    parts.add("resolved", lambda: resolved.section(query, model))
    parts.add("rules", lambda: rule_table.section(url, model), "Rules")
    parts.add("silences", lambda: _silences(model.overview))
    return PageContent(parts.html, _MAX_AGE, query.rule or "Alerts", parts.errors)


def form(url: PageUrl, overview: AlertOverview | None = None) -> Markup:
    """The search box and the values of the labels that narrow the list."""
    box = ui.search_box(url, "q", "Search alerts", "Alert, label or text")
    hidden = ui.hidden_fields(url, ("state", *LABELS))
    button = tag("button", "Search", type="submit")
    search = tag("form", hidden, box, button, class_="search", data_explore="", role="search")
    alerts = [alert for alert in overview.alerts if alert.severity != NO_PROBLEM] if overview else []
    groups = [_choices(url, "state", [alert.state for alert in alerts])]
    groups += [_choices(url, name, [alert.labels.get(name, "") for alert in alerts]) for name in LABELS]
    actions = [ui.link("/incident?from=now-6h&to=now", "Incident report of the last 6 hours", class_="button")]
    if overview and overview.has_push:
        # assets/src/push-loader.js opens the dialog.
        actions.append(tag("button", "Notifications on this device", type="button", class_="button", data_push=""))
    return join([search, tag("div", *groups, class_="alert-filters"), tag("p", *actions, class_="alert-actions")])


def _choices(url: PageUrl, name: str, values: Sequence[str]) -> Markup:
    """Values of a label as links that turn the filter on and off; nothing if there is no choice."""
    chosen = url.all(name)
    counts = {value: values.count(value) for value in {*values, *chosen} if value}
    if len(counts) < 2 and not chosen:
        return ui.EMPTY
    order = sorted(counts, key=lambda value: (severity_rank(value) if name == "severity" else 0, value))
    links = [
        ui.link(
            url.href("", rule=None, **{name: () if value in chosen else (value,)}),
            value,
            " ",
            tag("small", str(counts[value])),
            class_="choice chosen" if value in chosen else "choice",
        )
        for value in order[:_MOST_CHOICES]
    ]
    return tag("div", tag("b", name), *links, class_="choices")


def _lists(query: AlertsQuery, model: AlertsModel) -> Markup:
    notes = [
        tag("p", f"{reading.error} ", _since(reading.as_of), class_="notes partial")
        for reading in model.overview.readings
        if reading.error
    ]
    if not model.alerts:
        return join([*notes, _nothing(query, model.overview)])
    courses, can_silence = model.courses.get(), model.overview.has_alertmanager
    groups = [
        tag(
            "section",
            tag("header", tag("h2", f"{_TITLES[state]} ", tag("small", str(len(rows))))),
            tag("ol", *rows, class_="alerts"),
            class_=f"box alerts-{state}",
        )
        for state in State
        if (
            rows := [
                alert_row(alert, courses.get(place), query.url, can_silence)
                for place, alert in enumerate(model.alerts)
                if alert.state == state
            ]
        )
    ]
    return join([*notes, *groups])


def _since(as_of: float) -> Markup:
    if not as_of:
        return Markup("Nothing is known yet.")
    return join([Markup("These are the alerts of "), ui.moment(int(as_of * 1e9)), Markup(".")])


def _nothing(query: AlertsQuery, overview: AlertOverview) -> Markup:
    if any(reading.error and not reading.as_of for reading in overview.readings):
        return ui.empty_state("The alerts are unknown.", "See the reason above.")
    if query.labels or query.state or query.text:
        return ui.empty_state("No alert matches.", "Remove a filter.")
    if not overview.rules:
        return ui.empty_state("Prometheus has no alert rules.", "Load the file of: codeagent-dashboards rules")
    what = "This alert does not fire." if query.rule else "No alert fires."
    return ui.empty_state(what, f"{len(overview.rules)} rules are evaluated; they are listed below.")


def _silences(overview: AlertOverview) -> Markup:
    if not overview.has_alertmanager:
        return ui.EMPTY
    current = [silence for silence in overview.silences if silence.state in ("active", "pending")]
    if not current:
        return ui.section("Silences", ui.empty_state("No silence is active."))
    rows = [_silence(silence, overview.alerts) for silence in current]
    return ui.section("Silences", table("Silences", ("Matches", "Alerts", "By", "Reason", "Until", ""), rows))


def _silence(silence: Silence, alerts: Sequence[Alert]) -> Markup:
    count = sum(silence.id in alert.silenced_by for alert in alerts)
    return row(
        tag("code", ", ".join(map(str, silence.matchers))),
        str(count),
        silence.author,
        silence.comment,
        ui.moment(int(silence.ends_at * 1e9)),
        silence_actions(silence),
    )
