"""What the faults of `gateway.faults` do to the simulated gateway's rates, failures and durations.

Arrays have one value per instant of the day. A fault's size means what its parameter means in the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from demo.day import Day, Floats, Mask
from gateway import catalog
from gateway.catalog import Endpoint

CHAT: Final = catalog.CHAT
REFUSED_WHEN_SLOW: Final = 0.25  # of the calls of a provider that is six times slower
FALLBACK_SHARE: Final = 0.5  # of the failed provider calls of a chat that end as a failed request
LONG_QUERY_MS: Final = 400.0


def traffic(day: Day) -> Floats:
    """How many times the usual requests there are."""
    silent = day.size("silence")
    return day.size("traffic", usual=1.0) * (1 - silent)


def chat_calls(day: Day) -> Floats:
    """Provider calls per chat request: cached answers need none, retries more than one."""
    cached = catalog.CACHES[0].hit_share * (1 - day.size("no-cache"))
    calls: Floats = (1 - cached) * day.size("retry-storm", usual=1.0)
    return calls


def call_failures(day: Day, provider: str) -> Mapping[str, Floats]:
    """By status: the share of a provider's calls that fail beyond the usual."""
    slow = (day.size("slow", provider, 1.0) - 1) / 5
    # The calls beyond the limit are refused, and refused calls are repeated.
    storm = 0.6 * (1 - 1 / day.size("retry-storm", usual=1.0))
    return {
        "429": np.clip(REFUSED_WHEN_SLOW * slow + day.size("rate-limited", provider) + storm, 0, 1),
        "503": day.size("provider-down", provider),
        "500": day.size("provider-errors", provider),
    }


def provider_up(day: Day, provider: str) -> Mask:
    """Whether the provider's probe succeeds: it fails when the provider is down, or as slow as its time limit."""
    up: Mask = (day.size("provider-down", provider) < 0.95) & (day.size("slow", provider, 1.0) < 5.75)
    return up


def request_failures(day: Day, endpoint: Endpoint) -> Mapping[str, Floats]:
    """By status: the share of an endpoint's requests that fail beyond the usual."""
    nothing = np.zeros(day.times.size)
    failed = day.size("errors", endpoint.route) + day.size("bad-deploy")
    exhausted = 0.4 * np.clip(pool_used(day) - 0.8, 0, 0.2) / 0.2  # who gets no connection in time
    shares = {"500": failed, "503": exhausted}
    if endpoint.route == CHAT:
        shares["500"] = shares["500"] + 0.0008
    if calls_providers(endpoint):
        refused, broken = nothing, nothing
        for provider in catalog.PROVIDERS:
            failures = call_failures(day, provider.name)
            refused = refused + provider.share * FALLBACK_SHARE * failures["429"]
            broken = broken + provider.share * FALLBACK_SHARE * (failures["503"] + failures["500"])
        shares |= {"429": refused, "502": broken}
    return {code: np.clip(share, 0, 0.98) for code, share in shares.items() if share.any()}


def request_ms(day: Day, endpoint: Endpoint, median: Floats | float) -> Floats:
    """The median duration of requests that usually take `median` milliseconds."""
    usual = np.broadcast_to(np.asarray(median, dtype=np.float64), day.times.shape)
    longer = day.size("slow-endpoint", endpoint.route) + 2 * database_ms(day)
    if calls_providers(endpoint):
        weighted = sum(p.share * (day.size("slow", p.name, 1.0) - 1) for p in catalog.PROVIDERS)
        longer = longer + day.size("slow-network") + usual * weighted * 0.8
        longer = longer + usual * 0.3 * day.size("no-cache")
    slower: Floats = usual * (1 + 4 * day.size("bad-deploy")) + longer
    return slower


def calls_providers(endpoint: Endpoint) -> bool:
    """Whether an endpoint's answer waits for a provider."""
    return endpoint.median_ms > 500


def database_ms(day: Day) -> Floats:
    """Milliseconds that every query takes longer."""
    return day.size("slow-database") + LONG_QUERY_MS * np.clip(pool_used(day) - 0.5, 0, 1)


def pool_used(day: Day) -> Floats:
    """The share of the database pool that is held by something that does not return it."""
    return np.clip(day.size("pool-exhausted") + day.size("slow-database") / 1_000, 0, 1)
