"""Matchers by a variable become filters, and other uses the value that was chosen last."""

from __future__ import annotations

import pytest

from app.grafana.importing.source import SourceDashboard, SourceVariable
from app.grafana.importing.variables import CannotConvert, Variables

VARIABLES = Variables(
    SourceDashboard(
        "Mine",
        variables=(
            SourceVariable("node", "query", "label_values(up, instance)"),
            SourceVariable("service", "query", "label_values(up, service)", ("$__all",), has_all=True),
            SourceVariable("interval", "interval", "1m,5m", ("$__auto_interval_interval",)),
            SourceVariable("window", "interval", "1m,5m", ("5m",)),
            SourceVariable("search", "textbox", "", ("abc",)),
            SourceVariable("quantile", "custom", "0.5, 0.95"),
            SourceVariable("several", "custom", "a,b,c", ("a.b", "c"), is_multi=True),
            SourceVariable("chained", "custom", "", ("$window",)),
            SourceVariable("one", "custom", "", ("$other",)),
            SourceVariable("other", "custom", "", ("$one",)),
            SourceVariable("from", "query", "label_values(up, from)"),
        ),
        inputs={"VAR_JOB": "api"},
    )
)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ('up{instance="$node"}', "up{$filter(instance)}"),
        ("up{instance='$node', a='it\\'s \"$search\"'}", 'up{$filter(instance), a="it\'s \\"abc\\""}'),
        ('up{instance=~"${node:regex}", job="a"}', 'up{$filter(instance), job="a"}'),
        ('up{instance =~ "[[node]]"}', "up{$filter(instance)}"),
        ('up{service=~"$service.*"}', "up{$filter(service)}"),
        ('up{instance!="$search"}', 'up{instance!="abc"}'),
        ('up{x=~".*$search.*"}', 'up{x=~".*abc.*"}'),
        ('up{x=~"a$several"}', 'up{x=~"aa\\\\.b|c"}'),
        ('up{job="$VAR_JOB"}', 'up{job="api"}'),
        ("rate(x[$interval])", "rate(x[$__rate_interval])"),
        ("rate(x[${window}])", "rate(x[5m])"),
        ("rate(x[$chained])", "rate(x[5m])"),
        ("rate(x[${__rate_interval}])", "rate(x[$__rate_interval])"),
        ("increase(x[$__range]) / $__range_s", "increase(x[$__range]) / $__range_s"),
        ("histogram_quantile($quantile, x)", "histogram_quantile(0.5, x)"),
        ('label_replace(up, "a", "$1", "b", "(.*)$")', 'label_replace(up, "a", "$1", "b", "(.*)$")'),
        ('up{mode!~"idle|iowait$"}', 'up{mode!~"idle|iowait$"}'),
    ],
)
def test_an_expression_has_filters_and_values(expr: str, expected: str) -> None:
    assert VARIABLES.expression(expr).text == expected


@pytest.mark.parametrize(
    ("expr", "sentence"),
    [
        ("rate(x[$one])", "The variables one and other refer to each other."),
        ("topk($service, x)", "\\$service has no single value"),
        ("x + $nothing", "\\$nothing is not among the dashboard's variables."),
        ("x > $__to", "\\$__to has no counterpart."),
    ],
)
def test_what_has_no_value_is_refused_in_a_sentence(expr: str, sentence: str) -> None:
    with pytest.raises(CannotConvert, match=sentence):
        VARIABLES.expression(expr)


def test_a_circle_of_variables_is_named_once() -> None:
    assert VARIABLES.problems() == ("The variables one and other refer to each other.",)


def test_filters_are_the_labels_that_variables_match() -> None:
    assert VARIABLES.expression('a{instance="$node"} / b{service="$service"}').filters == ("instance", "service")


def test_a_label_that_addresses_use_otherwise_is_no_filter() -> None:
    assert VARIABLES.expression('up{from=~"$from"}').filters == ()


def test_a_value_that_was_written_in_is_said() -> None:
    assert VARIABLES.expression("rate(x[$window])").notes == ("$window has the value “5m” that was chosen last.",)


def test_a_variable_in_a_legend_becomes_its_label() -> None:
    labels = VARIABLES.label_of('up{instance="$node"}')

    assert VARIABLES.legend("$node {{job}}", labels) == "{{instance}} {{job}}"
    assert VARIABLES.legend("__auto", labels) == ""
