"""Rules in the names of a deployment: what is translated, and what is left out with a reason."""

from __future__ import annotations

import re
from dataclasses import replace

from app.rules.deployment import Deployment, selectors_of
from app.rules.model import AlertRule
from app.rules.table import ALERTS, GROUPS
from app.settings import Settings
from app.sources import named_resolution

CONTRACT = Deployment(named_resolution(Settings(profile="codeagent")))
LITELLM = Deployment(named_resolution(Settings(profile="litellm")))


def names(deployment: Deployment) -> list[str]:
    groups = deployment.rules(GROUPS).groups
    return [rule.name for group in groups for rule in group.rules if isinstance(rule, AlertRule)]


def test_every_alert_but_those_on_absence_has_a_twin() -> None:
    groups = CONTRACT.rules(GROUPS).groups
    twins = {
        (rule.labels["rule"], rule.labels.get("window")) for rule in groups[-1].rules if isinstance(rule, AlertRule)
    }

    assert twins == {
        (rule.name, rule.labels.get("window")) for rule in ALERTS if rule.name not in ("GatewayUnseen", "Watchdog")
    }


def test_a_deployment_without_a_metric_does_not_get_its_rules_and_the_file_says_so() -> None:
    assert "WebSocketDrop" not in names(LITELLM)
    assert "WebSocketDrop: no WebSocket metrics" in LITELLM.rules(GROUPS).left_out


def test_a_deployment_whose_series_lack_a_label_in_the_text_does_not_get_the_rule() -> None:
    assert "EndpointSlow" not in names(LITELLM)
    assert "EndpointSlow: no label endpoint" in LITELLM.rules(GROUPS).left_out


def test_a_metric_without_which_a_rule_can_fire_is_not_needed() -> None:
    resolution = LITELLM.resolution
    limits = ("codeagent_llm_rate_limit_limit", "codeagent_llm_tokens_limit")
    metrics = {name: metric for name, metric in resolution.profile.metrics.items() if name not in limits}
    without_limits = Deployment(replace(resolution, profile=replace(resolution.profile, metrics=metrics)))

    assert "RateLimitNearlyExhausted" not in names(without_limits)
    assert "RateLimitHeadroomLow" in names(without_limits)


def test_series_are_counted_by_their_stored_names() -> None:
    expr = LITELLM.expression("count by (environment) ($series(codeagent_llm_cost_usd_total))")

    assert expr == 'count by (environment) ({__name__=~"litellm_spend_metric_total"})'


def test_expressions_have_the_deployment_s_names_labels_and_failures() -> None:
    expr = LITELLM.expression('sum by (environment) (rate(codeagent_requests_total{$filters,status=~"5.."}[5m]))')

    assert expr == 'sum by (environment) (rate(litellm_proxy_total_requests_metric_total{status_code=~"5.."}[5m]))'


def test_the_bound_of_a_bucket_is_in_the_deployment_s_unit() -> None:
    template = "codeagent_request_duration_bucket{$filters,$le(codeagent_request_duration,5000)}"

    assert 'le=~"5000([.]0)?"' in CONTRACT.expression(template)
    assert 'le=~"5([.]0)?"' in LITELLM.expression(template)


def test_a_rule_on_a_rare_event_is_missed_by_the_series_that_must_exist() -> None:
    (rule,) = (rule for rule in ALERTS if rule.name == "ProviderRateLimited")

    assert selectors_of(rule) == ("codeagent_llm_requests_total{$filters}",)


def test_alerts_of_two_teams_stay_apart_although_the_alert_s_own_team_replaces_theirs() -> None:
    by_team = [rule for rule in ALERTS if re.search(r"by \([^)]*\bteam\b", rule.condition.expr)]

    assert by_team
    assert [rule.name for rule in by_team if '"consumer"' not in rule.condition.expr] == []
