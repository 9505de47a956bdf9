"""Expressions with Grafana's variables, in the names of a deployment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.grafana.expressions import Deployment
from app.grafana.model import Variable
from pages.expressions import peak, quantile, selector, total_rate
from panels.spec import Query
from queries.metrics.detection import Resolution
from queries.metrics.profile import CODEAGENT, Deployed, Part, Profile

REQUESTS = "codeagent_requests_total"
CONTRACT = Deployment(Resolution(CODEAGENT), 30)
RENAMED = Profile("mine", {REQUESTS: Deployed((Part(("served_total",), labels={"endpoint": ("route",)}),))})
DEPLOYED = Deployment(Resolution(RENAMED, speaks_contract=False))
FILTERS = ("environment", "endpoint")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            total_rate(REQUESTS),
            'sum (rate(codeagent_requests_total{endpoint=~"$endpoint",environment=~"$environment"}[$__rate_interval]))',
        ),
        (
            peak(f"sum({selector('codeagent_active_users')})"),
            'max_over_time((sum(codeagent_active_users{environment=~"$environment"}))[$__interval:30s] offset -1ms)',
        ),
        (
            quantile(0.95, "codeagent_llm_latency", over="$__range"),
            'histogram_quantile(0.95, sum by (le) (rate(codeagent_llm_latency_bucket{environment=~"$environment"}'
            "[$__range])))",
        ),
    ],
)
def test_filters_and_durations_are_variables(template: str, expected: str) -> None:
    assert CONTRACT.expression(template, FILTERS) == expected


def test_names_and_labels_are_those_of_the_deployment() -> None:
    expr = DEPLOYED.expression(total_rate(REQUESTS, ("endpoint",)), FILTERS)

    assert 'served_total{route=~"$endpoint",environment=~"$environment"}[$__rate_interval]' in expr
    assert "sum by (endpoint)" in expr


def test_a_deployment_does_not_answer_for_metrics_that_it_lacks() -> None:
    assert DEPLOYED.answers(Query(total_rate(REQUESTS)))
    assert not DEPLOYED.answers(Query(total_rate("codeagent_llm_requests_total")))
    assert DEPLOYED.answers(Query(selector("node_boot_time_seconds")))
    assert CONTRACT.answers(Query(total_rate("codeagent_llm_requests_total")))


def test_values_of_a_filter_come_from_a_metric_that_has_it() -> None:
    selector_of_requests = 'codeagent_requests_total{environment=~"$environment"}'
    assert CONTRACT.values(REQUESTS, "endpoint") == (selector_of_requests, "")
    assert CONTRACT.values(REQUESTS, "environment") == ("up", "")

    no_selector, renamed = DEPLOYED.values(REQUESTS, "endpoint")
    assert no_selector == ""
    assert renamed.startswith("group by (endpoint)")
    assert "served_total" in renamed


def test_grafana_takes_the_values_of_an_expression_out_of_its_result() -> None:
    of_series = Variable("endpoint", "Endpoint", "up")
    of_expression = Variable("endpoint", "Endpoint", "", "group by (endpoint) (served_total)")

    assert (of_series.query, of_series.pattern) == ("label_values(up, endpoint)", "")
    assert of_expression.query == "query_result(group by (endpoint) (served_total))"
    assert of_expression.pattern == '/endpoint="([^"]+)"/'


def test_a_query_is_answered_without_its_optional_metrics() -> None:
    limit = "codeagent_llm_rate_limit_limit"
    needs_it = Query(f"sum({REQUESTS}) or sum({limit})")

    assert not DEPLOYED.answers(needs_it)
    assert DEPLOYED.answers(replace(needs_it, optional=(limit,)))
