"""All rules: health, last evaluation, how often they fire, and which never did."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from pages import components as ui
from pages.alerts.load import HISTORY_DAYS, AlertsModel
from pages.alerts.row import severity_mark
from pages.alerts.rows import row, table
from pages.page_url import PageUrl
from panels import units
from panels.markup import tag
from panels.visible import visible_name
from queries.alerts.history import NEVER, RuleHistory, by_rule
from queries.alerts.merge import severity_rank
from queries.alerts.types import Rule
from queries.core.errors import QueryError

# The twin of a rule tells by this label which rule has no data (app/rules/absence.py).
TWIN_LABEL = "rule"
_HEAD = ("Rule", "Severity", "State", "Health", "Firings a week", "By itself", "Last fired")


def section(url: PageUrl, model: AlertsModel) -> Markup:
    """The table; the history stays empty if Prometheus cannot tell it."""
    if url.value("rule"):
        return ui.EMPTY
    try:
        history = by_rule(model.firings.get(), HISTORY_DAYS, url.now, model.acknowledged.value or ())
        note = ui.EMPTY
    except QueryError as error:
        history, note = {}, tag("p", f"The history is unknown: {error.sentence}", class_="notes partial")
    rules = [rule for rule in model.overview.rules if TWIN_LABEL not in rule.labels]
    if not rules:
        return ui.EMPTY
    without_data = {
        rule.labels[TWIN_LABEL]
        for rule in model.overview.rules
        if TWIN_LABEL in rule.labels and any(alert.is_firing for alert in rule.alerts)
    }
    rows = [_row(rule, history, rule.name in without_data, url) for rule in sorted(rules, key=_order)]
    content = table("Rules", _HEAD, rows, "rows rules")
    return ui.section(f"Rules ({len(rules)})", note, content, _explanation(rules, history))


def _order(rule: Rule) -> tuple[bool, int, str]:
    return rule.health == "ok", severity_rank(rule.labels.get("severity", "")), rule.name


def _row(rule: Rule, histories: Mapping[str, RuleHistory], lacks_data: bool, url: PageUrl) -> Markup:
    history = histories.get(rule.name, NEVER)
    firing = sum(alert.is_firing for alert in rule.alerts)
    # The newest step of the history is some minutes old.
    last = max([history.last, *(alert.active_at for alert in rule.alerts if alert.is_firing)])
    pending = len(rule.alerts) - firing
    state = f"{firing} firing" if firing else f"{pending} pending" if pending else "quiet"
    short = f"{units.digits(100 * history.short / history.firings, 2)} %" if history.firings else ""
    window = f" ({rule.labels['window']})" if "window" in rule.labels else ""
    return row(
        tag("span", ui.link(url.href(rule=rule.name), rule.name), window),
        severity_mark(rule.labels.get("severity", "")),
        state,
        tag("span", _health(rule, lacks_data), class_="bad" if rule.health != "ok" or lacks_data else None),
        f"{history.per_week:.1f}" if history.firings else "0",
        short,
        ui.moment(int(last * 1e9)) if last else "not yet",
        class_="active" if firing else None,
    )


def _health(rule: Rule, lacks_data: bool) -> str:
    if rule.health != "ok":
        return f"{rule.health} {visible_name(rule.error)}".strip()
    return "no data" if lacks_data else "ok"


def _explanation(rules: list[Rule], histories: Mapping[str, RuleHistory]) -> Markup:
    never = sum(rule.name not in histories for rule in rules)
    text = (
        f"Of the last {HISTORY_DAYS} days, as far as Prometheus keeps them. “By itself” is the share that "
        f"ended within 10 minutes and that nobody acknowledged; such alerts probably needed nobody. {never} rules "
        "have not fired."
    )
    return tag("p", text, class_="notes")
