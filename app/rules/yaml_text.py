"""Rules as the text of a rule file of Prometheus
(https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from app.rules.deployment import Deployment, Rules
from app.rules.model import AlertRule, Group, RecordingRule, Rule

_WIDTH = 110


def rule_file(rules: Rules, deployment: Deployment, runbooks: str, header: str) -> str:
    """The whole file. `runbooks` is what the name of a runbook is appended to, `header` its comment."""
    lines = [*_comment(header, 0), *(line for text in rules.left_out for line in _comment(f"Left out: {text}.", 0))]
    lines.append("groups:")
    for group in rules.groups:
        lines += _group(group, deployment, runbooks)
    return "\n".join(lines) + "\n"


def _group(group: Group, deployment: Deployment, runbooks: str) -> Iterator[str]:
    yield f"  - name: {group.name}"
    yield f"    interval: {group.interval}"
    yield "    rules:"
    for rule in group.rules:
        yield from _comment(rule.comment, 6)
        yield from _rule(rule, deployment, runbooks)


def _rule(rule: Rule, deployment: Deployment, runbooks: str) -> Iterator[str]:
    if isinstance(rule, RecordingRule):
        yield f"      - record: {rule.name}"
        yield from _block("expr", deployment.expression(rule.expr))
        return
    yield f"      - alert: {rule.name}"
    yield from _block("expr", deployment.expression(rule.condition.expr))
    yield f"        for: {rule.hold}"
    yield "        labels:"
    yield from _entries({"severity": rule.severity, "team": rule.team, **rule.labels})
    yield "        annotations:"
    yield from _entries(_annotations(rule, deployment, runbooks))


def _annotations(rule: AlertRule, deployment: Deployment, runbooks: str) -> Mapping[str, str]:
    limit = rule.condition.limit
    texts = {
        "summary": rule.summary,
        "description": rule.description,
        "headline": rule.headline,
        "subject": rule.subject,
        "where": _queries_translated(rule.where, deployment),
        "value": limit.value,
        "threshold": limit.text,
        "dashboard": rule.board,
        "traces": rule.traces,
        "runbook": runbooks + rule.runbook,
    }
    return {name: text for name, text in texts.items() if text}


def _queries_translated(text: str, deployment: Deployment) -> str:
    """The text with the expression of its `query` in the deployment's names."""
    before, quote, rest = text.partition('query "')
    if not quote:
        return text
    expr, end, after = rest.partition('"')
    translated = deployment.expression(expr.replace("'", '"')).replace('"', "'").replace("\n", " ")
    return before + quote + translated + end + after


def _entries(texts: Mapping[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        yield f"          {name}: {_scalar(text)}"


def _scalar(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _block(name: str, text: str) -> Iterator[str]:
    yield f"        {name}: |"
    for line in text.splitlines():
        yield f"          {line}"


def _comment(text: str, indent: int) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH - indent):
        yield f"{' ' * indent}# {line}"
