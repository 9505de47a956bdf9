"""The gauges that look back over five minutes, and counters that exist before anything happens."""

from __future__ import annotations

from gateway.billing import usage_of
from gateway.catalog import ENDPOINTS, PROVIDERS
from gateway.metrics import GatewayMetrics, HitRate
from gateway.tenants import KEYS
from telemetry.exposition import scrape
from telemetry.metrics import create


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_hit_rate_forgets_what_is_older_than_five_minutes() -> None:
    clock = Clock()
    rate = HitRate(clock)
    assert rate.share() is None
    for hit in (True, True, True, False):
        rate.count(hit)
    assert rate.share() == 0.75
    clock.now = 301
    rate.count(False)
    assert rate.share() == 0


def test_a_user_counts_once_and_only_for_five_minutes() -> None:
    clock = Clock()
    measures = GatewayMetrics(create(), clock)
    for user in ("a", "b", "a"):
        measures.user_seen(user)
    assert measures.active_users() == 2
    clock.now = 200
    measures.user_seen("a")
    clock.now = 301
    assert measures.active_users() == 1


def test_counters_of_every_endpoint_start_at_zero() -> None:
    metrics = create()
    GatewayMetrics(metrics)
    text = scrape(metrics.reader)[0].decode()
    for endpoint in ENDPOINTS:
        labels = f'endpoint="{endpoint.route}",method="{endpoint.method}",status="{endpoint.success}"'
        assert f"codeagent_requests_total{{{labels}}} 0" in text


def test_tokens_begin_at_zero_so_that_the_first_call_is_counted() -> None:
    metrics = create()
    GatewayMetrics(metrics)
    text = scrape(metrics.reader)[0].decode()
    started = [line for line in text.splitlines() if line.startswith("codeagent_llm_tokens_total{")]

    kinds = [kind for provider in PROVIDERS for model in provider.models for kind in usage_of(provider, model)]
    assert len(started) == len(KEYS) * len(kinds)
    assert {line.split()[-1] for line in started} <= {"0", "0.0"}
