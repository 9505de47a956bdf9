"""An open rule: what it says, its expression, the value over time, and when it fired."""

from __future__ import annotations

from markupsafe import Markup

from pages import components as ui
from pages.alerts import rule_records
from pages.alerts.chart import chart
from pages.alerts.load import HISTORY_DAYS, AlertsModel
from pages.alerts.query import AlertsQuery
from pages.alerts.row import headline, links, severity_mark
from pages.alerts.rows import labels_text, row, table
from pages.alerts.who import acknowledge_button, who_knows
from panels.markup import join, tag
from panels.visible import visible_name
from queries.alerts.history import NEVER, Firing, by_rule
from queries.alerts.types import Alert, Rule, State

_LISTED = 50


def section(query: AlertsQuery, model: AlertsModel) -> Markup:
    """The open rule; nothing while no rule is open."""
    if not query.rule:
        return ui.EMPTY
    rules = [rule for rule in model.overview.rules if rule.name == query.rule]
    close = ui.link(query.url.href(rule=None), "Close", class_="quiet")
    now = query.url.now
    parts = [*(_rule(rule) for rule in rules), *_alerts(model, now), *_values(model, now)]
    if rules or model.alerts or _is_recorded(model):
        parts += [_history(query, model), rule_records.section(query.rule, model)]
    if not rules:
        known = model.overview.rules
        hint = "It may have been renamed." if known else "Prometheus has no alert rules."
        parts.insert(0, ui.empty_state("There is no rule of this name.", hint))
    return ui.section(query.rule, *parts, more=close, class_="alert-detail")


def _is_recorded(model: AlertsModel) -> bool:
    """Whether the history has alerts of the rule, which may be one of another Prometheus."""
    return model.records.value is not None and bool(model.records.value.alerts)


def _rule(rule: Rule) -> Markup:
    notes = rule.annotations
    # The texts of a rule are templates; those of a firing alert are filled in.
    firing = next((alert for alert in rule.alerts if alert.is_firing), rule.alerts[0] if rule.alerts else None)
    texts = firing.annotations if firing else notes
    facts = (
        ("Description", visible_name(texts.get("description", ""))),
        ("Threshold", texts.get("threshold", "")),
        ("For", ui.duration(rule.hold * 1e9) if rule.hold else "at once"),
        ("Team", rule.labels.get("team", "")),
        ("Health", _health(rule)),
        ("Last evaluation", ui.moment(int(rule.evaluated_at * 1e9)) if rule.evaluated_at else "never"),
    )
    rows = [join([tag("dt", name), tag("dd", value)]) for name, value in facts if value]
    runbook = notes.get("runbook", "")
    actions = [ui.link(runbook, "Runbook", class_="quiet")] if runbook.startswith("/") else []
    return tag(
        "div",
        tag("p", severity_mark(rule.labels.get("severity", "")), " ", headline(texts, rule.name), class_="lead"),
        tag("dl", *rows, class_="facts-list"),
        tag("details", tag("summary", "Expression"), tag("pre", tag("code", visible_name(rule.expr)))),
        *actions,
        class_="alert-rule",
    )


def _health(rule: Rule) -> str:
    return "ok" if rule.health == "ok" else f"{rule.health}: {visible_name(rule.error)}".rstrip(": ")


def _alerts(model: AlertsModel, now: float) -> list[Markup]:
    """Who knows of the alerts of the rule that fire."""
    return [
        tag("p", tag("span", _name(alert), " "), who_knows(alert, now), acknowledge_button(alert), class_="alert-known")
        for alert in model.alerts
        if alert.state in (State.FIRING, State.ACKNOWLEDGED)
    ]


def _values(model: AlertsModel, now: float) -> list[Markup]:
    courses = model.courses.get()
    return [
        tag("figure", tag("figcaption", _name(alert)), chart(courses[place], alert.rule), *links(alert, now))
        for place, alert in enumerate(model.alerts)
        if place in courses
    ]


def _name(alert: Alert) -> str:
    return headline(alert.annotations, alert.rule)


def _history(query: AlertsQuery, model: AlertsModel) -> Markup:
    firings = model.firings.get()
    title = tag("h3", f"Last {HISTORY_DAYS} days")
    if not firings:
        return join([title, tag("p", "It has not fired.", class_="notes")])
    history = by_rule(firings, HISTORY_DAYS, query.url.now, model.acknowledged.value or ()).get(query.rule, NEVER)
    summary = (
        f"Fired {history.firings} {'time' if history.firings == 1 else 'times'}, {history.per_week:.1f} a week, "
        f"for {ui.duration(history.seconds * 1e9)} in total; {history.short} ended by itself within 10 minutes."
    )
    rows = [_firing(firing, query.url.now) for firing in firings[:_LISTED]]
    more = tag("p", f"The newest {_LISTED} are listed.", class_="notes") if len(firings) > _LISTED else ui.EMPTY
    return join(
        [
            title,
            tag("p", summary, class_="notes"),
            table(f"Firings of {query.rule}", ("From", "To", "Lasted", "Labels"), rows),
            more,
        ]
    )


def _firing(firing: Firing, now: float) -> Markup:
    lasted = (firing.end or now) - firing.start
    return row(
        ui.moment(int(firing.start * 1e9)),
        ui.moment(int(firing.end * 1e9)) if firing.end else "still firing",
        ui.duration(lasted * 1e9),
        labels_text(firing.labels),
    )
