"""The series about LLM calls over the simulated day: calls, tokens, dollars, limits, routing, budgets and tools."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from demo import faults
from demo.day import SPACING, Day
from demo.series import Floats, Labels, Series, histogram
from gateway import budgets, catalog
from gateway.billing import usage_of, usual_dollars_per_call
from gateway.catalog import BASE_RATE, Model, Provider
from gateway.rotation import COOLDOWN_SECONDS, FAILURES, FALLBACKS
from gateway.tenants import BUDGETS, KEYS, TEAMS, Budget, Key

OVERHEAD_MS, OVERHEAD_SIGMA = 14.0, 0.5
QUEUE_MS, QUEUE_SIGMA = 0.04, 0.6


def providers(day: Day) -> Iterator[Series]:
    """The calls of each provider and what belongs to them."""
    chats = catalog.CHAT_SHARE * faults.chat_calls(day)
    calls = BASE_RATE * day.level * faults.traffic(day) * (chats + catalog.OTHER_CALLS)
    spent = {key: np.zeros(day.times.size) for key in KEYS}
    for provider in catalog.PROVIDERS:
        rate = calls * provider.share
        for model in provider.models:
            good, shares = _answers(day, provider, rate * model.share)
            yield from _model(day, provider, model, good, shares)
            yield from _routing(day, provider, model, good, shares)
            yield from _usage(day, provider, model, good, spent)
        yield from _limits(day, provider, rate)
    for budget in BUDGETS:
        yield from _budget(day, budget, spent)


def _answers(day: Day, provider: Provider, rate: Floats) -> tuple[Floats, dict[str, Floats]]:
    """Calls between two samples that succeeded, and those that failed by status."""
    shares = {code: share * np.ones(day.times.size) for code, share in provider.statuses}
    for code, share in faults.call_failures(day, provider.name).items():
        shares[code] = shares.get(code, np.zeros(day.times.size)) + share
    good = day.events(rate * np.clip(1 - sum(shares.values()), 0, 1))
    return good, {code: day.events(rate * share) for code, share in shares.items()}


def _model(day: Day, provider: Provider, model: Model, good: Floats, failed: dict[str, Floats]) -> Iterator[Series]:
    labels = {"provider": provider.name, "model": model.name}
    for code, events in ({"200": good} | failed).items():
        yield from _of_keys(day, "codeagent_llm_requests_total", {**labels, "status": code}, events)
    calls = good + sum(failed.values())
    slow, delay = day.size("slow", provider.name, 1.0), day.size("slow-network")
    whole = model.median_ms * slow + delay
    yield from histogram(day, "codeagent_llm_latency", labels, calls, whole, model.sigma)
    first = model.first_token_ms * (1 + 0.8 * (slow - 1)) + delay
    yield from histogram(day, "codeagent_llm_time_to_first_token", labels, good, first, model.sigma)
    per_token = np.maximum(whole - first, 1) / model.completion_tokens
    yield from histogram(day, "codeagent_llm_time_per_output_token", labels, good, per_token, model.sigma)
    own = OVERHEAD_MS + faults.database_ms(day)
    yield from histogram(day, "codeagent_gateway_overhead", labels, good, own, OVERHEAD_SIGMA)
    yield from histogram(day, "codeagent_gateway_queue_time", labels, calls, QUEUE_MS, QUEUE_SIGMA)


def _of_keys(day: Day, name: str, labels: Labels, events: Floats) -> Iterator[Series]:
    """Events as each API key has its share of them."""
    for key in KEYS:
        yield Series(name, {**labels, **key.labels}, np.round(day.since_restart(events * key.share)))


def _usage(day: Day, provider: Provider, model: Model, good: Floats, spent: dict[Key, Floats]) -> Iterator[Series]:
    """Tokens and dollars of each key; the dollars are added to `spent`."""
    labels = {"provider": provider.name, "model": model.name}
    usage, per_call = usage_of(provider, model), usual_dollars_per_call(provider, model)
    for key in KEYS:
        own = good * key.share * day.size("token-explosion", key.team, 1.0)
        for kind, tokens in usage.items():
            grown = np.round(day.since_restart(own * tokens))
            yield Series("codeagent_llm_tokens_total", {**labels, "kind": kind, **key.labels}, grown)
        dollars = own * per_call
        spent[key] += dollars
        yield Series("codeagent_llm_cost_usd_total", {**labels, **key.labels}, day.since_restart(dollars))


def _routing(day: Day, provider: Provider, model: Model, good: Floats, failed: dict[str, Floats]) -> Iterator[Series]:
    """Fallbacks of the keys that have them, cooldowns, repeated calls, and the state of the deployment."""
    labels = {"provider": provider.name, "model": model.name}
    failures = np.asarray(sum(failed.values()))
    share = failures / np.maximum(good + failures, 1)
    # Three failures in a row begin a cooldown; a deployment cannot be in two.
    cooldowns = np.minimum(failures * share ** (FAILURES - 1), SPACING / COOLDOWN_SECONDS)
    yield Series("codeagent_llm_cooldowns_total", labels, np.round(day.since_restart(cooldowns)))
    is_up = faults.provider_up(day, provider.name) & (cooldowns < 0.5)
    yield Series("codeagent_llm_deployment_up", labels, is_up.astype(np.float64))
    storm = day.size("retry-storm", usual=1.0)
    yield Series("codeagent_llm_retries_total", labels, np.round(day.since_restart(good * (1 - 1 / storm))))
    instead = FALLBACKS[model.name][1]
    for key in filter(lambda key: key.falls_back, KEYS):
        sent = np.round(day.since_restart(failures * key.share))
        own = {"model": model.name, "fallback_model": instead, "result": "succeeded", "team": key.team}
        yield Series("codeagent_llm_fallbacks_total", own, sent)


def _limits(day: Day, provider: Provider, rate: Floats) -> Iterator[Series]:
    own = {"provider": provider.name}
    limit = float(provider.requests_per_minute)
    refused = faults.call_failures(day, provider.name).get("429", np.zeros(day.times.size))
    # The window empties by a minute's calls; while it refuses calls, the provider allows next to nothing.
    used = rate * 60 * day.rng.uniform(0.2, 1.0, day.times.size)
    left = np.clip(limit - used, 0, limit)
    left *= 1 - 0.97 * np.clip(refused / 0.1, 0, 1)
    window = {**own, "window": "minute"}
    yield Series("codeagent_llm_rate_limit_remaining", window, np.round(left))
    yield Series("codeagent_llm_rate_limit_limit", window, np.full(day.times.size, limit))
    if provider.requests_per_day:
        today = {**own, "window": "day"}
        yield Series("codeagent_llm_rate_limit_remaining", today, _left_in_day(day, provider, rate))
        yield Series("codeagent_llm_rate_limit_limit", today, np.full(day.times.size, float(provider.requests_per_day)))
    yield Series("codeagent_llm_rate_limited_total", own, day.counter(rate * (0.002 + refused)))
    yield Series("codeagent_provider_up", own, faults.provider_up(day, provider.name).astype(np.float64))
    allowed = float(provider.tokens_per_minute)
    per_call = sum(m.share * (m.prompt_tokens + m.completion_tokens) for m in provider.models)
    tokens_left = np.clip(allowed - used * per_call, 0, allowed)
    yield Series("codeagent_llm_tokens_remaining", window, np.round(tokens_left))
    yield Series("codeagent_llm_tokens_limit", window, np.full(day.times.size, allowed))


def _left_in_day(day: Day, provider: Provider, rate: Floats) -> Floats:
    """Requests that a provider still allows until midnight UTC."""
    used = np.cumsum(rate * SPACING)
    for index in np.flatnonzero(np.diff(day.times // 86_400) > 0) + 1:
        used[index:] -= used[index]
    return np.clip(np.round(provider.requests_per_day - used), 0, None)


def _budget(day: Day, budget: Budget, spent: dict[Key, Floats]) -> Iterator[Series]:
    """What is left of a budget, which outlives restarts and begins anew at its reset."""
    begin = float(day.times[0])
    dollars = np.where(day.gateway_up, sum(spent[key] for key in KEYS if budget.covers(key)), 0.0)
    total = budgets.usually_spent(budget, begin) + np.cumsum(dollars)
    resets = np.array([budget.reset(float(instant)) for instant in day.times])
    for index in np.flatnonzero(np.diff(resets) > 0) + 1:
        total[index:] -= total[index]
    yield Series("codeagent_budget_limit_usd", budget.labels, np.full(day.times.size, budget.limit))
    yield Series("codeagent_budget_remaining_usd", budget.labels, budget.limit - total)
    yield Series("codeagent_budget_reset_seconds", budget.labels, resets - day.times)


def tools(day: Day) -> Iterator[Series]:
    """Calls of the tools that workflows use."""
    runs = sum(e.share for e in catalog.ENDPOINTS if e.route.endswith("/runs")) * BASE_RATE
    for tool in catalog.TOOLS:
        labels = {"server": tool.server, "tool": tool.name}
        calls = runs * tool.per_run * day.level * faults.traffic(day) * SPACING
        for team, share in TEAMS:
            own = {**labels, "status": "ok", "team": team}
            yield Series("codeagent_mcp_calls_total", own, np.round(day.since_restart(calls * share)))
        yield from histogram(day, "codeagent_mcp_call_duration", labels, calls, tool.median_ms, catalog.TOOL_SIGMA)
