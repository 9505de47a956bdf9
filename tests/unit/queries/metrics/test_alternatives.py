"""A label with two names: series with either of them count once, under the first name."""

from __future__ import annotations

import pytest

from queries.metrics.alternatives import with_either
from queries.metrics.syntax import analysed


def either(call: str, first: str, second: str) -> str:
    return f'({call % first} or label_replace({call % second}, "a", "$1", "b", "(.+)"))'


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("x", either("x{%s}", 'a!=""', 'a=""')),
        ('x{a="1",c="a"}', either("x{%s}", 'a="1",c="a",a!=""', 'b="1",c="a",a=""')),
        ('x{c="{a=\\"",a!~"q"}', either("x{%s}", 'c="{a=\\"",a!~"q",a!=""', 'c="{a=\\"",b!~"q",a=""')),
        ("sum by (a) (rate(x{}[5m]))", "sum by (a) (" + either("rate(x{%s}[5m])", 'a!=""', 'a=""') + ")"),
        ("rate(x_bucket[5m])", either("rate(x_bucket{%s}[5m])", 'a!=""', 'a=""')),
        ("increase( x[1h] offset 1d )", either("increase( x{%s}[1h] offset 1d )", 'a!=""', 'a=""')),
        ("quantile_over_time(0.9, x[5m])", either("quantile_over_time(0.9, x{%s}[5m])", 'a!=""', 'a=""')),
        ("max_over_time((x)[5m:1m])", "max_over_time((" + either("x{%s}", 'a!=""', 'a=""') + ")[5m:1m])"),
        ('label_replace(y, "n", "x(", "m", "(x)")', 'label_replace(y, "n", "x(", "m", "(x)")'),
        ("y + xx + x_other", "y + xx + x_other"),
    ],
)
def test_each_selector_of_the_metric_becomes_two(expr: str, expected: str) -> None:
    rewritten = with_either(expr, ["x", "x_bucket"], "a", "b")
    assert rewritten == expected
    assert analysed(rewritten).is_extendable


def test_every_selector_of_an_expression_is_rewritten() -> None:
    rewritten = with_either('sum by (a) (rate(x{s="5"}[5m])) / sum by (a) (rate(x[5m])) + y', ["x"], "a", "b")
    assert [selector.metric for selector in analysed(rewritten).selectors] == ["x"] * 4 + ["y"]
    assert analysed(rewritten).is_extendable
