"""Prometheus' answer about its alerting rules
(https://prometheus.io/docs/prometheus/latest/querying/api/#rules)."""

from __future__ import annotations

from math import nan
from typing import Final

import msgspec

from queries.alerts.types import Rule, RuleAlert
from queries.metrics.alerts import epoch_seconds
from queries.metrics.prometheus import decode


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str
    annotations: dict[str, str] = {}
    activeAt: str = ""  # noqa: N815  the API's own spelling
    value: str = ""


class _Rule(msgspec.Struct):
    name: str
    query: str
    type: str = ""
    duration: float = 0.0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    health: str = "unknown"
    lastError: str = ""  # noqa: N815
    lastEvaluation: str = ""  # noqa: N815
    alerts: list[_Alert] = []


class _Group(msgspec.Struct):
    name: str
    rules: list[_Rule] = []
    interval: float = 60.0


class _Groups(msgspec.Struct):
    groups: list[_Group] = []


_GROUPS: Final = msgspec.json.Decoder(_Groups)


def rules(body: bytes, source: str) -> tuple[Rule, ...]:
    """The alerting rules of an answer. Raises QueryError."""
    data = decode.data_of(body, source)
    try:
        return tuple(
            _rule(group, rule)
            for group in _GROUPS.decode(data).groups
            for rule in group.rules
            if rule.type != "recording"
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise decode.malformed(source, str(error)) from None


def _rule(group: _Group, rule: _Rule) -> Rule:
    return Rule(
        rule.name,
        group.name,
        rule.query,
        rule.duration,
        rule.labels,
        rule.annotations,
        rule.health,
        rule.lastError,
        _time(rule.lastEvaluation),
        tuple(map(_alert, rule.alerts)),
        group.interval,
    )


def _alert(alert: _Alert) -> RuleAlert:
    value = float(alert.value) if alert.value else nan
    return RuleAlert(alert.labels, alert.annotations, alert.state == "firing", _time(alert.activeAt), value)


def _time(text: str) -> float:
    """Epoch seconds; 0 for Go's zero time, which stands for never."""
    return 0.0 if not text or text.startswith("0001-") else epoch_seconds(text)
