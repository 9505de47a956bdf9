"""Labelled scenarios for the alert rules: series of a gateway in normal operation, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = 15
WARMUP_MINUTES = 90
MINUTES = 30  # after the beginning of the incident
ONSET = WARMUP_MINUTES * 60 // STEP
STEPS = ONSET + MINUTES * 60 // STEP
ENVIRONMENT = 'environment="production"'
ENDPOINTS = {"/v1/chat/completions": 6.0, "/v1/embeddings": 3.0, "/v1/models": 4.0, "/v1/files": 0.8}  # per second
INSTANCES = ("a", "b")
PROVIDERS = {"openai": 4.0, "anthropic": 2.5, "mistral": 1.5}
LIMITS_MS = (100, 500, 1_000, 2_500, 5_000, 10_000, 20_000)

Floats = NDArray[np.float64]


@dataclass
class World:
    """What the series of a gateway do in each step: rates per second, shares, levels. Scenarios change them in place.

    All arrays have one value a step; `missing` are steps without samples.
    """

    traffic: Floats = field(default_factory=lambda: np.ones(STEPS))
    failing: dict[tuple[str, str], Floats] = field(default_factory=dict)  # by endpoint and instance, share
    slower: dict[str, Floats] = field(default_factory=dict)  # by provider, times
    calls_failing: dict[str, Floats] = field(default_factory=dict)  # by provider, share
    refused: dict[str, Floats] = field(default_factory=dict)  # by provider, share
    up: dict[str, Floats] = field(default_factory=dict)
    limit_left: dict[str, Floats] = field(default_factory=dict)
    hits: Floats = field(default_factory=lambda: np.full(STEPS, 0.5))
    pool: Floats = field(default_factory=lambda: np.full(STEPS, 6.0))
    opened: Floats = field(default_factory=lambda: np.full(STEPS, 0.8))
    connections: Floats = field(default_factory=lambda: np.full(STEPS, 80.0))
    disk_used: Floats = field(default_factory=lambda: np.full(STEPS, 60.0))
    target_up: Floats = field(default_factory=lambda: np.ones(STEPS))
    missing: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(STEPS, dtype=np.bool_))
    gone: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(STEPS, dtype=np.bool_))
    restart: int = 0


@dataclass(frozen=True)
class Scenario:
    """A change of the world. `expected` are alerts of which one must fire; none: nothing may fire."""

    name: str
    expected: tuple[str, ...]
    change: Callable[[World, np.random.Generator], None]

    @property
    def is_incident(self) -> bool:
        """Whether somebody must be notified."""
        return bool(self.expected)


def after(value: float, normal: float = 0.0, delay: float = 0.0, minutes: float = MINUTES) -> Floats:
    """The normal value, and another one for so many minutes from `delay` minutes after the onset."""
    values = np.full(STEPS, normal)
    start = ONSET + int(delay * 60 / STEP)
    values[start : start + int(minutes * 60 / STEP)] = value
    return values


def rising(last: float, normal: float, minutes: float) -> Floats:
    """From the normal value to the last one within so many minutes, and then constant."""
    values = np.full(STEPS, last)
    values[:ONSET] = normal
    steps = int(minutes * 60 / STEP)
    values[ONSET : ONSET + steps] = np.linspace(normal, last, steps)
    return values


def _errors(
    share: float, endpoints: tuple[str, ...] = tuple(ENDPOINTS), instances: tuple[str, ...] = INSTANCES
) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        for endpoint in endpoints:
            for instance in instances:
                world.failing[endpoint, instance] = after(share)

    return change


def _set(**values: NDArray[Any]) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        for name, new in values.items():
            setattr(world, name, new)

    return change


def _of_provider(name: str, provider: str, values: Floats) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        getattr(world, name)[provider] = values

    return change


def _down(provider: str) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        world.up[provider] = after(0.0, 1.0)
        world.calls_failing[provider] = after(1.0)

    return change


ERRORS = ("HighErrorRate", "ErrorBurst", "EndpointFailing", "InstanceFailing", "AvailabilityBudgetBurn")


def incidents() -> Iterator[Scenario]:
    """Of every kind several, by size and place."""
    yield from _error_incidents()
    for provider in PROVIDERS:
        yield from _provider_incidents(provider)
    yield from _store_incidents()
    yield from _traffic_incidents()


def _error_incidents() -> Iterator[Scenario]:
    for share in (0.08, 0.12, 0.3, 0.6, 1.0):
        yield Scenario(f"{share:.0%} of requests fail", ERRORS, _errors(share))
    for share in (0.4, 0.6, 0.8, 1.0):
        for endpoint in ENDPOINTS:
            yield Scenario(f"{share:.0%} of {endpoint} fail", ERRORS, _errors(share, (endpoint,)))
    for share in (0.3, 0.6, 0.9):
        for instance in INSTANCES:
            yield Scenario(f"{share:.0%} on instance {instance}", ERRORS, _errors(share, instances=(instance,)))
    for minutes in (5, 10, 15, 20):
        yield Scenario(f"errors grow over {minutes} min", ERRORS, _growing(minutes))


def _provider_incidents(provider: str) -> Iterator[Scenario]:
    yield Scenario(f"{provider} is down", ("ProviderDown",), _down(provider))
    for share in (0.25, 0.5, 0.9):
        failing = _of_provider("calls_failing", provider, after(share))
        yield Scenario(f"{share:.0%} of {provider}'s calls fail", ("ProviderErrors",), failing)
    for times in (5.0, 8.0, 12.0):
        slow = _of_provider("slower", provider, after(times, 1.0))
        yield Scenario(f"{provider} is {times:g} times slower", ("ProviderSlow", "ProviderVerySlow"), slow)
    for share in (0.2, 0.4, 0.8):
        refusing = _of_provider("refused", provider, after(share))
        yield Scenario(f"{provider} refuses {share:.0%}", ("ProviderRateLimited", "ProviderErrors"), refusing)
    left = _of_provider("limit_left", provider, rising(1.0, 80.0, 10))
    yield Scenario(f"{provider}'s limit is used up", ("RateLimitNearlyExhausted",), left)


def _store_incidents() -> Iterator[Scenario]:
    for used in (19.4, 20.0):
        yield Scenario(f"{used:g} of 20 connections", ("DatabasePoolExhausted",), _set(pool=after(used, 6.0)))
    for hits in (0.0, 0.05, 0.15):
        yield Scenario(f"{hits:.0%} cache hits", ("CacheCollapse",), _set(hits=after(hits, 0.5)))
    for used in (92.0, 96.0, 99.0):
        yield Scenario(f"disk {used:g} % full", ("DiskNearlyFull",), _set(disk_used=after(used, 60.0)))


def _traffic_incidents() -> Iterator[Scenario]:
    for rate in (130.0, 200.0, 400.0):
        spike = _set(opened=after(rate, 0.8))
        yield Scenario(f"{rate:g} connections per second", ("WebSocketConnectionSpike",), spike)
    for left in (0.0, 15.0, 30.0):
        yield Scenario(f"{left:g} connections left", ("WebSocketDrop",), _set(connections=after(left, 80.0)))
    for times in (6.0, 10.0):
        yield Scenario(f"{times:g} times the requests", ("RequestSpike",), _set(traffic=after(times, 1.0)))
    yield Scenario("no requests arrive", ("NoTraffic",), _set(traffic=after(0.0, 1.0)))
    yield Scenario("a target is down", ("TargetDown",), _set(target_up=after(0.0, 1.0)))
    yield Scenario("the gateway is gone", ("GatewayUnseen", "TargetDown"), _set(gone=after(1.0) > 0))


def _growing(minutes: float) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        for endpoint in ENDPOINTS:
            for instance in INSTANCES:
                world.failing[endpoint, instance] = rising(0.15, 0.002, minutes)

    return change


def innocent() -> Iterator[Scenario]:
    """Changes for which nobody should be notified."""
    yield from _ordinary()
    for times in (1.5, 1.8, 2.2):
        yield Scenario(f"{times:g} times the traffic", (), _set(traffic=after(times, 1.0)))
    for provider in PROVIDERS:
        bump = _of_provider("slower", provider, after(2.0, 1.0, minutes=2))
        yield Scenario(f"{provider} is twice as slow for 2 min", (), bump)
    for hits in (0.35, 0.42):
        yield Scenario(f"cache hits fall to {hits:.0%}", (), _set(hits=after(hits, 0.5)))
    for used in (12.0, 17.0):
        yield Scenario(f"{used:g} connections of 20", (), _set(pool=after(used, 6.0)))
    for left in (55.0, 65.0):
        yield Scenario(f"{left:g} connections left of 80", (), _set(connections=after(left, 80.0)))
    yield Scenario("a target is away for a minute", (), _set(target_up=after(0.0, 1.0, minutes=1)))


def _ordinary() -> Iterator[Scenario]:
    for number in range(10):
        yield Scenario(f"noise {number}", (), lambda _world, _random: None)
    for number, low in enumerate((0.3, 0.5, 0.7)):
        yield Scenario(f"daily curve {number}", (), _set(traffic=_curve(low)))
    for number, rate in enumerate((0.002, 0.005, 0.01, 0.03)):
        yield Scenario(f"little traffic {number}", (), _set(traffic=np.full(STEPS, rate)))
    for seconds, share in ((15, 0.3), (30, 0.1), (30, 0.15), (15, 0.5)):
        yield Scenario(f"deployment: {share:.0%} for {seconds} s", (), _blip(share, seconds))
    for count in (1, 2, 3):
        yield Scenario(f"{count} missing scrapes", (), _gaps(count))
    for offset in (0, 7, 21):
        yield Scenario(f"a restart at {offset}", (), _restart(offset))


def _curve(low: float) -> Floats:
    curve: Floats = 1 - (1 - low) * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, STEPS)))
    return curve


def _blip(share: float, seconds: int) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        for endpoint in ENDPOINTS:
            for instance in INSTANCES:
                world.failing[endpoint, instance] = after(share, minutes=seconds / 60)

    return change


def _gaps(count: int) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, random: np.random.Generator) -> None:
        world.missing[random.integers(ONSET, STEPS - 20, count)] = True

    return change


def _restart(offset: int) -> Callable[[World, np.random.Generator], None]:
    def change(world: World, _: np.random.Generator) -> None:
        world.restart = ONSET + offset

    return change


def series(world: World, random: np.random.Generator) -> Mapping[str, Floats]:
    """The samples of every series, NaN where there is none."""
    result: dict[str, Floats] = {}
    counter = _Counters(world, random)
    for endpoint, rate in ENDPOINTS.items():
        for instance in INSTANCES:
            failing = world.failing.get((endpoint, instance), np.full(STEPS, 0.002))
            own = f'{ENVIRONMENT},endpoint="{endpoint}",instance="{instance}"'
            requests = rate / len(INSTANCES) * world.traffic
            result[f'codeagent_requests_total{{{own},status="200"}}'] = counter.of(requests * (1 - failing))
            result[f'codeagent_requests_total{{{own},status="500"}}'] = counter.of(requests * failing)
    for provider, rate in PROVIDERS.items():
        result.update(_provider(world, provider, rate * world.traffic, counter))
    result.update(_rest(world, counter))
    return result


def _provider(world: World, provider: str, rate: Floats, counter: _Counters) -> Iterator[tuple[str, Floats]]:
    own = f'{ENVIRONMENT},provider="{provider}"'
    refused = world.refused.get(provider, np.zeros(STEPS))
    failing = np.minimum(1.0, world.calls_failing.get(provider, np.full(STEPS, 0.005)))
    calls = f'codeagent_llm_requests_total{{{own},model="m",status='
    yield f'{calls}"200"}}', counter.of(rate * (1 - failing) * (1 - refused))
    yield f'{calls}"500"}}', counter.of(rate * failing * (1 - refused))
    yield f'{calls}"429"}}', counter.of(rate * refused)
    yield f"codeagent_llm_rate_limited_total{{{own}}}", counter.of(rate * refused)
    yield f"codeagent_provider_up{{{own}}}", world.up.get(provider, np.ones(STEPS))
    yield f"codeagent_llm_rate_limit_remaining{{{own}}}", world.limit_left.get(provider, np.full(STEPS, 80.0))
    yield f"codeagent_llm_rate_limit_limit{{{own}}}", np.full(STEPS, 100.0)
    median = 1_200.0 * world.slower.get(provider, np.ones(STEPS))
    yield from _histogram("codeagent_llm_latency", f'{own},model="m"', rate, median, counter)


def _histogram(name: str, own: str, rate: Floats, median: Floats, counter: _Counters) -> Iterator[tuple[str, Floats]]:
    """Durations around a median, logistic in their logarithm: close to a log-normal distribution."""
    before = np.zeros(STEPS)
    total = np.zeros(STEPS)
    for limit in LIMITS_MS:
        share = 1 / (1 + np.exp(-3.2 * (np.log(limit) - np.log(median))))
        total = total + counter.of(rate * np.maximum(0.0, share - before))
        before = share
        yield f'{name}_bucket{{{own},le="{limit}"}}', total
    total = total + counter.of(rate * (1 - before))
    yield f'{name}_bucket{{{own},le="+Inf"}}', total
    yield f"{name}_count{{{own}}}", total


def _rest(world: World, counter: _Counters) -> Iterator[tuple[str, Floats]]:
    cache = f'codeagent_cache_requests_total{{{ENVIRONMENT},cache="answers",result='
    yield f'{cache}"hit"}}', counter.of(8 * world.traffic * world.hits)
    yield f'{cache}"miss"}}', counter.of(8 * world.traffic * (1 - world.hits))
    yield f'codeagent_db_connections{{{ENVIRONMENT},state="active"}}', world.pool
    yield f"codeagent_db_connections_max{{{ENVIRONMENT}}}", np.full(STEPS, 20.0)
    yield f'codeagent_websocket_connections{{{ENVIRONMENT},instance="a"}}', counter.of(world.opened)
    yield f'codeagent_connections_active{{{ENVIRONMENT},instance="a"}}', world.connections
    disk = f'{ENVIRONMENT},instance="h",device="/dev/sda",fstype="ext4"'
    yield f"node_filesystem_size_bytes{{{disk}}}", np.full(STEPS, 1e11)
    yield f"node_filesystem_avail_bytes{{{disk}}}", 1e9 * (100 - world.disk_used)
    yield f'up{{{ENVIRONMENT},job="gateway",instance="a"}}', world.target_up


@dataclass(frozen=True)
class _Counters:
    world: World
    random: np.random.Generator

    def of(self, rate: Floats) -> Floats:
        """A counter of random events at this rate, from zero again after a restart."""
        counts = np.cumsum(self.random.poisson(np.maximum(0.0, rate) * STEP)).astype(np.float64)
        if self.world.restart:
            counts[self.world.restart :] -= counts[self.world.restart]
        return counts
