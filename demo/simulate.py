"""The gateway's series over the simulated day: the whole contract, from the facts in `gateway.catalog`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.day import ERRORS, SLOW, SPACING, SPIKE, Day
from gateway import catalog
from gateway.catalog import BASE_RATE, Endpoint, Model, Provider
from telemetry.contract import BY_NAME

Floats = npt.NDArray[np.float64]
Labels = Mapping[str, str]

FAILING = "/v1/chat/completions"
SLOWED = "anthropic"
SIZE_SIGMA = 0.8


@dataclass(frozen=True)
class Series:
    """One series over the day's time axis."""

    name: str
    labels: Labels
    values: npt.NDArray[Any]


def gateway(day: Day) -> Iterator[Series]:
    """Every series of the contract."""
    yield from _requests(day)
    yield from _websockets(day)
    yield from _providers(day)
    yield from _caches(day)
    yield from _database(day)
    users = catalog.USERS * day.level + day.rng.normal(0, 3, day.times.size)
    yield Series("codeagent_active_users", {}, np.round(np.maximum(users, 0)))


def histogram(
    day: Day, name: str, labels: Labels, events: Floats, median: Floats | float, sigma: float
) -> Iterator[Series]:
    """A classic histogram of lognormal values: cumulative buckets, sum and count that agree with each other."""
    centre = np.log(np.broadcast_to(np.asarray(median, dtype=np.float64), day.times.shape))
    for bound in BY_NAME[name].buckets:
        share = _normal((math.log(bound) - centre) / sigma)
        cumulative = np.floor(day.since_restart(events * share))
        yield Series(f"{name}_bucket", {**labels, "le": f"{bound:g}" if bound < 1e6 else str(int(bound))}, cumulative)
    total = day.since_restart(events)
    yield Series(f"{name}_bucket", {**labels, "le": "+Inf"}, total)
    yield Series(f"{name}_count", labels, total)
    yield Series(f"{name}_sum", labels, np.round(day.since_restart(events * np.exp(centre + sigma**2 / 2)), 1))


def _normal(z: Floats) -> Floats:
    """The standard normal distribution function (Abramowitz and Stegun 7.1.26, good to 1e-7)."""
    x = np.abs(z) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    half = 1 - poly * np.exp(-x * x)
    result: Floats = np.where(z >= 0, (1 + half) / 2, (1 - half) / 2)
    return result


def _requests(day: Day) -> Iterator[Series]:
    for endpoint in catalog.ENDPOINTS:
        labels = {"endpoint": endpoint.route, "method": endpoint.method}
        rate = BASE_RATE * endpoint.share * day.level
        for status, share in _statuses(day, endpoint):
            own = {**labels, "status": status}
            requests = day.events(rate * share)
            yield Series("codeagent_requests_total", own, day.since_restart(requests))
            median = endpoint.median_ms if status == endpoint.success else _failed_ms(status, endpoint)
            slowness = 1 + day.during(SLOW) * (1.6 if endpoint.median_ms > 500 else 0)
            yield from histogram(day, "codeagent_request_duration", own, requests, median * slowness, endpoint.sigma)
        own, answered = {**labels, "status": endpoint.success}, day.events(rate)
        if endpoint.request_bytes:
            yield from histogram(day, "codeagent_request_size_bytes", own, answered, endpoint.request_bytes, SIZE_SIGMA)
        yield from histogram(day, "codeagent_response_size_bytes", own, answered, endpoint.response_bytes, SIZE_SIGMA)


def _statuses(day: Day, endpoint: Endpoint) -> list[tuple[str, Floats]]:
    """Each status' share of the endpoint's requests at every instant."""
    steady = np.ones(day.times.size)
    failing = day.during(ERRORS) if endpoint.route == FAILING else 0 * steady
    refused = day.during(SLOW) * 0.06 if endpoint.route == FAILING else 0 * steady
    shares = [(code, share * steady) for code, share in endpoint.statuses]
    if endpoint.route == FAILING:
        shares = [(code, share + refused if code == "429" else share) for code, share in shares]
        shares.append(("500", 0.0008 * steady + 0.30 * failing))
    rest = np.clip(steady - sum(share for _, share in shares), 0, 1)
    return [(endpoint.success, rest), *shares]


def _failed_ms(status: str, endpoint: Endpoint) -> float:
    """Refusals are quick, gateway time-outs slow."""
    return {"504": 30_000.0, "502": endpoint.median_ms * 1.5}.get(status, min(12.0, endpoint.median_ms))


def _websockets(day: Day) -> Iterator[Series]:
    facts = catalog.WEBSOCKETS
    spike = 1 + 5 * day.during(SPIKE)
    open_now = facts.open * day.level * spike
    yield Series(
        "codeagent_connections_active", {}, np.round(open_now + day.rng.normal(0, 1.5, day.times.size)).clip(0)
    )
    mean_life = facts.median_seconds * math.exp(facts.sigma**2 / 2)
    turnover = open_now / mean_life
    yield Series("codeagent_websocket_connections", {}, day.counter(turnover + np.gradient(open_now) / SPACING))
    closed = np.zeros(day.times.size)
    for reason, share in facts.reasons:
        abnormal = 1 + 6 * day.during(SPIKE) if reason == "abnormal" else 1
        events = day.events(turnover * share * abnormal)
        closed += events
        yield Series("codeagent_websocket_disconnections_total", {"reason": reason}, day.since_restart(events))
    yield from histogram(
        day, "codeagent_websocket_connection_duration_seconds", {}, closed, facts.median_seconds, facts.sigma
    )
    for direction, size_range, size in (
        ("in", facts.in_per_second, facts.in_bytes),
        ("out", facts.out_per_second, facts.out_bytes),
    ):
        own = {"direction": direction}
        messages = day.events(open_now * size_range)
        yield Series("codeagent_websocket_messages_total", own, day.since_restart(messages))
        yield from histogram(day, "codeagent_websocket_message_size_bytes", own, messages, size, SIZE_SIGMA)


def _providers(day: Day) -> Iterator[Series]:
    calls = BASE_RATE * day.level * sum(e.share * (0.8 if e.route == FAILING else 1.4)
                                        for e in catalog.ENDPOINTS if e.median_ms > 50)  # fmt: skip
    for provider in catalog.PROVIDERS:
        slow = day.during(SLOW) if provider.name == SLOWED else np.zeros(day.times.size)
        rate = calls * provider.share
        for model in provider.models:
            yield from _model(day, provider, model, rate * model.share, slow)
        yield from _limits(day, provider, rate, slow)


def _model(day: Day, provider: Provider, model: Model, rate: Floats, slow: Floats) -> Iterator[Series]:
    labels = {"provider": provider.name, "model": model.name}
    shares = {code: share + (0.25 * slow if code == "429" else 0) for code, share in provider.statuses}
    good = day.events(rate * np.clip(1 - sum(shares.values()), 0, 1))
    calls = good.copy()
    yield Series("codeagent_llm_requests_total", {**labels, "status": "200"}, day.since_restart(good))
    for code, share in shares.items():
        events = day.events(rate * share)
        calls += events
        yield Series("codeagent_llm_requests_total", {**labels, "status": code}, day.since_restart(events))
    yield from histogram(day, "codeagent_llm_latency", labels, calls, model.median_ms * (1 + 5 * slow), model.sigma)
    first = model.first_token_ms * (1 + 4 * slow)
    yield from histogram(day, "codeagent_llm_time_to_first_token", labels, good, first, model.sigma)
    cached = model.prompt_tokens * model.cached_share
    prompt = model.prompt_tokens if provider.cached_inside_prompt else model.prompt_tokens - cached
    for kind, tokens in (("prompt", prompt), ("completion", model.completion_tokens), ("cached", cached)):
        if tokens:
            yield Series(
                "codeagent_llm_tokens_total", {**labels, "kind": kind}, np.round(day.since_restart(good * tokens))
            )


def _limits(day: Day, provider: Provider, rate: Floats, slow: Floats) -> Iterator[Series]:
    own = {"provider": provider.name}
    limit = float(provider.requests_per_minute)
    # The window empties by a minute's calls; in the incident the provider allows next to nothing.
    left = np.clip(limit - rate * 60 * day.rng.uniform(0.2, 1.0, day.times.size), 0, limit) * (1 - 0.97 * slow)
    yield Series("codeagent_llm_rate_limit_remaining", own, np.round(left))
    yield Series("codeagent_llm_rate_limit_limit", own, np.full(day.times.size, limit))
    yield Series("codeagent_llm_rate_limited_total", own, day.counter(rate * (0.002 + 0.25 * slow)))
    yield Series(
        "codeagent_provider_up", own, (slow < 0.95).astype(np.float64) if slow.any() else np.ones(day.times.size)
    )


def _caches(day: Day) -> Iterator[Series]:
    for cache in catalog.CACHES:
        own = {"cache": cache.name}
        rate = BASE_RATE * day.level * cache.lookups_per_request
        hit = np.clip(cache.hit_share + day.rng.normal(0, 0.01, day.times.size), 0, 1)
        yield Series("codeagent_cache_requests_total", {**own, "result": "hit"}, day.counter(rate * hit))
        yield Series("codeagent_cache_requests_total", {**own, "result": "miss"}, day.counter(rate * (1 - hit)))
        yield Series("codeagent_cache_hit_rate", own, np.round(hit, 4))
        yield Series("codeagent_cache_evictions_total", own, day.counter(0.01 * rate * (1 - hit)))


def _database(day: Day) -> Iterator[Series]:
    for operation in catalog.OPERATIONS:
        rate = BASE_RATE * day.level * operation.per_request
        labels, queries = {"operation": operation.name}, day.events(rate)
        yield from histogram(day, "codeagent_db_query_duration", labels, queries, operation.median_ms, operation.sigma)
    active = np.clip(day.rng.poisson(1.2 * day.level), 0, catalog.POOL_SIZE)
    yield Series("codeagent_db_connections", {"state": "active"}, active)
    yield Series("codeagent_db_connections", {"state": "idle"}, np.clip(6 - active, 0, None))
    yield Series("codeagent_db_connections_max", {}, np.full(day.times.size, catalog.POOL_SIZE))
