"""The gateway's series over the simulated day: the whole contract, from the facts in `gateway.catalog`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from demo import faults
from demo.day import SPACING, Day
from gateway import catalog
from gateway.catalog import BASE_RATE, Endpoint, Model, Provider
from telemetry.contract import BY_NAME

Floats = npt.NDArray[np.float64]
Labels = Mapping[str, str]

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
    total, cumulative = day.since_restart(events), np.zeros(day.times.size)
    for bound in BY_NAME[name].buckets:
        share = _normal((math.log(bound) - centre) / sigma)
        # The distribution function is good to 1e-7 only, which can make a floor fall below its neighbour's.
        cumulative = np.clip(np.floor(day.since_restart(events * share)), cumulative, total)
        yield Series(f"{name}_bucket", {**labels, "le": f"{bound:g}" if bound < 1e6 else str(int(bound))}, cumulative)
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
        rate = BASE_RATE * endpoint.share * day.level * faults.traffic(day)
        for status, share in _statuses(day, endpoint):
            own = {**labels, "status": status}
            requests = day.events(rate * share)
            yield Series("codeagent_requests_total", own, day.since_restart(requests))
            usual = endpoint.median_ms if status == endpoint.success else _failed_ms(status, endpoint)
            median = faults.request_ms(day, endpoint, usual)
            yield from histogram(day, "codeagent_request_duration", own, requests, median, endpoint.sigma)
        own, answered = {**labels, "status": endpoint.success}, day.events(rate)
        if endpoint.request_bytes:
            yield from histogram(day, "codeagent_request_size_bytes", own, answered, endpoint.request_bytes, SIZE_SIGMA)
        yield from histogram(day, "codeagent_response_size_bytes", own, answered, endpoint.response_bytes, SIZE_SIGMA)


def _statuses(day: Day, endpoint: Endpoint) -> list[tuple[str, Floats]]:
    """Each status' share of the endpoint's requests at every instant."""
    steady = np.ones(day.times.size)
    shares = {code: share * steady for code, share in endpoint.statuses}
    for code, share in faults.request_failures(day, endpoint).items():
        shares[code] = shares.get(code, 0 * steady) + share
    rest = np.clip(steady - sum(shares.values()), 0, 1)
    return [(endpoint.success, rest), *shares.items()]


def _failed_ms(status: str, endpoint: Endpoint) -> float:
    """Refusals are quick, gateway time-outs slow."""
    return {"504": 30_000.0, "502": endpoint.median_ms * 1.5}.get(status, min(12.0, endpoint.median_ms))


def _websockets(day: Day) -> Iterator[Series]:
    facts = catalog.WEBSOCKETS
    spike = day.size("spike", usual=1.0)
    open_now = facts.open * day.level * spike
    yield Series(
        "codeagent_connections_active", {}, np.round(open_now + day.rng.normal(0, 1.5, day.times.size)).clip(0)
    )
    mean_life = facts.median_seconds * math.exp(facts.sigma**2 / 2)
    turnover = open_now / mean_life
    yield Series("codeagent_websocket_connections", {}, day.counter(turnover + np.gradient(open_now) / SPACING))
    closed = np.zeros(day.times.size)
    for reason, share in facts.reasons:
        abnormal = 1 + 1.2 * (spike - 1) if reason == "abnormal" else 1
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
    chats = sum(e.share for e in catalog.ENDPOINTS if e.route == faults.CHAT) * faults.chat_calls(day)
    others = sum(1.4 * e.share for e in catalog.ENDPOINTS if e.median_ms > 50 and e.route != faults.CHAT)
    calls = BASE_RATE * day.level * faults.traffic(day) * (chats + others)
    for provider in catalog.PROVIDERS:
        rate = calls * provider.share
        for model in provider.models:
            yield from _model(day, provider, model, rate * model.share)
        yield from _limits(day, provider, rate)


def _model(day: Day, provider: Provider, model: Model, rate: Floats) -> Iterator[Series]:
    labels = {"provider": provider.name, "model": model.name}
    shares = {code: share * np.ones(day.times.size) for code, share in provider.statuses}
    for code, share in faults.call_failures(day, provider.name).items():
        shares[code] = shares.get(code, np.zeros(day.times.size)) + share
    good = day.events(rate * np.clip(1 - sum(shares.values()), 0, 1))
    calls = good.copy()
    yield Series("codeagent_llm_requests_total", {**labels, "status": "200"}, day.since_restart(good))
    for code, share in shares.items():
        events = day.events(rate * share)
        calls += events
        yield Series("codeagent_llm_requests_total", {**labels, "status": code}, day.since_restart(events))
    slow, delay = day.size("slow", provider.name, 1.0), day.size("slow-network")
    yield from histogram(day, "codeagent_llm_latency", labels, calls, model.median_ms * slow + delay, model.sigma)
    first = model.first_token_ms * (1 + 0.8 * (slow - 1)) + delay
    yield from histogram(day, "codeagent_llm_time_to_first_token", labels, good, first, model.sigma)
    cached = model.prompt_tokens * model.cached_share
    prompt = model.prompt_tokens if provider.cached_inside_prompt else model.prompt_tokens - cached
    for kind, tokens in (("prompt", prompt), ("completion", model.completion_tokens), ("cached", cached)):
        if tokens:
            yield from _tokens(day, {**labels, "kind": kind}, good * tokens)


def _tokens(day: Day, labels: Labels, tokens: Floats) -> Iterator[Series]:
    """Tokens of each team."""
    for team, share in catalog.TEAMS:
        grown = tokens * share * day.size("token-explosion", team, 1.0)
        yield Series("codeagent_llm_tokens_total", {**labels, "team": team}, np.round(day.since_restart(grown)))


def _limits(day: Day, provider: Provider, rate: Floats) -> Iterator[Series]:
    own = {"provider": provider.name}
    limit = float(provider.requests_per_minute)
    refused = faults.call_failures(day, provider.name).get("429", np.zeros(day.times.size))
    # The window empties by a minute's calls; while it refuses calls, the provider allows next to nothing.
    left = np.clip(limit - rate * 60 * day.rng.uniform(0.2, 1.0, day.times.size), 0, limit)
    left *= 1 - 0.97 * np.clip(refused / 0.1, 0, 1)
    yield Series("codeagent_llm_rate_limit_remaining", own, np.round(left))
    yield Series("codeagent_llm_rate_limit_limit", own, np.full(day.times.size, limit))
    yield Series("codeagent_llm_rate_limited_total", own, day.counter(rate * (0.002 + refused)))
    yield Series("codeagent_provider_up", own, faults.provider_up(day, provider.name).astype(np.float64))


def _caches(day: Day) -> Iterator[Series]:
    for cache in catalog.CACHES:
        own = {"cache": cache.name}
        rate = BASE_RATE * day.level * cache.lookups_per_request
        hit = np.clip(cache.hit_share + day.rng.normal(0, 0.01, day.times.size), 0, 1)
        hit *= 1 - day.size("no-cache")
        yield Series("codeagent_cache_requests_total", {**own, "result": "hit"}, day.counter(rate * hit))
        yield Series("codeagent_cache_requests_total", {**own, "result": "miss"}, day.counter(rate * (1 - hit)))
        yield Series("codeagent_cache_hit_rate", own, np.round(hit, 4))
        yield Series("codeagent_cache_evictions_total", own, day.counter(0.01 * rate * (1 - hit)))


def _database(day: Day) -> Iterator[Series]:
    waited = faults.database_ms(day)
    for operation in catalog.OPERATIONS:
        rate = BASE_RATE * day.level * faults.traffic(day) * operation.per_request
        labels, queries = {"operation": operation.name}, day.events(rate)
        median = operation.median_ms + waited
        yield from histogram(day, "codeagent_db_query_duration", labels, queries, median, operation.sigma)
    busy = 1.2 * day.level + faults.pool_used(day) * catalog.POOL_SIZE
    active = np.clip(day.rng.poisson(busy), 0, catalog.POOL_SIZE)
    yield Series("codeagent_db_connections", {"state": "active"}, active)
    yield Series("codeagent_db_connections", {"state": "idle"}, np.clip(6 - active, 0, None))
    yield Series("codeagent_db_connections_max", {}, np.full(day.times.size, catalog.POOL_SIZE))
