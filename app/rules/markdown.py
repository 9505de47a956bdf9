"""The alerts as a table in Markdown, for docs/alerting.md."""

from __future__ import annotations

from app.rules.model import AlertRule
from app.rules.table import ALERTS


def alert_table() -> str:
    """A row for each alert, in the order of the rule file."""
    rows = ["| alert | severity | fires when | for |", "| --- | --- | --- | --- |", *map(_row, ALERTS)]
    return "\n".join(rows) + "\n"


def _row(rule: AlertRule) -> str:
    limit = rule.condition.limit
    words = {">": "more than ", "<": "less than ", "==": ""}[limit.operator]
    window = f" ({rule.labels['window']})" if "window" in rule.labels else ""
    # Texts of a single alert may contain its labels; here they stand for any value.
    summary = rule.summary.replace("{{ $labels.", "").replace(" }}", "")
    return f"| {rule.name}{window} | {rule.severity} | {summary}: {words}{limit.text} | {rule.hold} |"
