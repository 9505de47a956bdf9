"""The gateway's series over the simulated day: the whole contract, from the facts in `gateway.catalog`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from demo import faults, llm
from demo.day import SPACING, Day
from demo.series import Floats, Series, histogram
from gateway import catalog
from gateway.catalog import BASE_RATE, Endpoint

SIZE_SIGMA = 0.8


def gateway(day: Day) -> Iterator[Series]:
    """Every series of the contract."""
    yield from _requests(day)
    yield from _websockets(day)
    yield from llm.providers(day)
    yield from _caches(day)
    yield from _database(day)
    users = catalog.USERS * day.level + day.rng.normal(0, 3, day.times.size)
    yield Series("codeagent_active_users", {}, np.round(np.maximum(users, 0)))
    yield from llm.tools(day)


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
