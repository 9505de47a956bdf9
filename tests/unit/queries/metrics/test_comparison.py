"""The value that an alert is about, and its limit, are read from its expression."""

from __future__ import annotations

import pytest

from app.rules.deployment import Deployment
from app.rules.model import AlertRule
from app.rules.table import ALERTS
from queries.metrics.comparison import Comparison, comparison_of
from queries.metrics.detection import Resolution
from queries.metrics.profile import CODEAGENT

CONTRACT = Resolution(CODEAGENT)


@pytest.mark.parametrize(
    ("expr", "comparison"),
    [
        ("up == 0", Comparison("up", "==", 0)),
        ("0 == up", Comparison("up", "==", 0)),
        ("5 < x", Comparison("x", ">", 5)),
        ("(x > 5) and y > 10", Comparison("x", ">", 5)),
        ("x > 5 unless on (a) z", Comparison("x", ">", 5)),
        ("((x / y > 0.05))", Comparison("x / y", ">", 0.05)),
    ],
)
def test_the_first_comparison_decides(expr: str, comparison: Comparison) -> None:
    assert comparison_of(expr) == comparison


@pytest.mark.parametrize("expr", ["absent(up)", "x > y", "x", "(", "x + 5", ""])
def test_without_a_number_there_is_no_limit(expr: str) -> None:
    assert comparison_of(expr) is None


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: "-".join([rule.name, *rule.labels.values()]))
def test_the_limit_of_every_shipped_rule_is_read(rule: AlertRule) -> None:
    comparison = comparison_of(Deployment(CONTRACT).expression(rule.condition.expr))

    assert comparison is not None
    assert f"{comparison.operator} {comparison.limit:.12g}" == rule.condition.limit.comparison
