"""Alerts about LLM providers: availability, speed, rate limits, tokens, costs and budgets."""

from __future__ import annotations

from typing import Final

from app.rules.limits import (
    above_count,
    above_large_count,
    above_milliseconds,
    above_percent,
    above_times,
    below_percent,
    state,
)
from app.rules.model import AlertRule, Condition, Limit, Severity, Team
from app.rules.queries import events, existed, failed, grouped, percent, quantile, rate, times_slower
from pages import thresholds
from pages.expressions import selector, spending

CALLS: Final = "codeagent_llm_requests_total"
LATENCY: Final = "codeagent_llm_latency"
FIRST_TOKEN: Final = "codeagent_llm_time_to_first_token"  # noqa: S105 - a metric's name
TOKENS: Final = "codeagent_llm_tokens_total"
COST: Final = "codeagent_llm_cost_usd_total"
LIMITED: Final = "codeagent_llm_rate_limited_total"
REMAINING: Final = "codeagent_llm_rate_limit_remaining"
ALLOWED: Final = "codeagent_llm_rate_limit_limit"
TOKENS_LEFT: Final = "codeagent_llm_tokens_remaining"
TOKENS_ALLOWED: Final = "codeagent_llm_tokens_limit"
BUDGET: Final = "codeagent_budget_limit_usd"
BUDGET_LEFT: Final = "codeagent_budget_remaining_usd"
BUDGET_RESET: Final = "codeagent_budget_reset_seconds"
_FAILED_RESULT: Final = 'result="failed"'
_PROVIDER: Final = ("provider",)
_WINDOW: Final = ("provider", "window")
_TEAM: Final = ("team",)
_OWNER: Final = ("scope", "provider", "team", "key", "user")
_BOARD: Final = "/providers?provider={{ $labels.provider | urlquery }}&from=now-1h"
_ALL: Final = "/providers?from=now-6h"
_USER: Final = "{{ with $labels.consumer }}Team {{ . }}{{ else }}The gateway{{ end }}"
_OWNER_NAME: Final = "{{ $labels.scope }} {{ $labels.consumer }}"
_SAME_TEAM: Final = f"on ({grouped(_TEAM)})"


def _budget(metric: str) -> str:
    return f"max by ({grouped(_OWNER)}) ({selector(metric)})"


_SPENDING: Final = spending(f"({_budget(BUDGET)} - {_budget(BUDGET_LEFT)})")


def _share_of_highest(remaining: str, allowed: str, name: str) -> str:
    """What is left of each limit that is not exported, as a share of the largest number that was left within a day."""
    labels = grouped(("provider", "model", "window"))
    left = f"max by ({labels}) ({selector(remaining)})"
    highest = f"max_over_time(({left})[1d:10m])"
    exported = f"max by ({labels}) ({selector(allowed)}) > 0"
    return f'label_replace(100 * {left} / ({highest} > 0) unless {exported}, "limit", "{name}", "", "")'


def _for_each_owner(value: str) -> str:
    """The value with the owner of a budget as one label; the label `team` of an alert is the team that receives it."""
    owner = ", ".join(f'"{label}"' for label in _OWNER if label != "scope")
    return f'label_join({value}, "consumer", "", {owner})'


def _for_each_team(value: str) -> str:
    """The value with the using team as the label `consumer`, for the same reason."""
    return f'label_replace({value}, "consumer", "$1", "team", "(.*)")'


_AVAILABILITY: Final = (
    AlertRule(
        "ProviderDown",
        Condition(f"max by ({grouped(_PROVIDER)}) ({selector('codeagent_provider_up')})", state(0, "down")),
        "1m",
        Severity.CRITICAL,
        Team.BACKEND,
        "Provider {{ $labels.provider }} is down",
        "Every probe of {{ $labels.provider }} has failed for a minute. Requests for its models fail, or use another "
        "provider if a fallback is configured.",
        _BOARD,
        subject="provider {{ $labels.provider }}",
        headline="Provider {{ $labels.provider }} is down",
        comment="Several replicas probe the same provider: it is down if no replica reaches it.",
    ),
    AlertRule(
        "ProviderErrors",
        Condition(
            percent(CALLS, failed(CALLS), "5m", _PROVIDER),
            above_percent(thresholds.PROVIDER_ERROR_RATE.critical),
            (f"{events(CALLS, '5m', _PROVIDER, failed(CALLS))} > 10",),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "Calls of provider {{ $labels.provider }} fail",
        "Many calls of {{ $labels.provider }} have failed for 2 minutes: errors, timeouts or refusals.",
        _BOARD,
        subject="provider {{ $labels.provider }}",
        headline='{{ $labels.provider }}: {{ $value | printf "%.1f" }} % of calls fail',
    ),
    AlertRule(
        "ProviderSlow",
        Condition(
            times_slower(LATENCY, _PROVIDER),
            above_times(thresholds.TIMES_SLOWER),
            (f"{events(LATENCY + '_count', '5m', _PROVIDER)} > 50",),
        ),
        "3m",
        Severity.HIGH,
        Team.BACKEND,
        "Provider {{ $labels.provider }} became slow",
        "The 95th percentile of {{ $labels.provider }} is a multiple of what it was in the hour before.",
        _BOARD,
        subject="provider-latency {{ $labels.provider }}",
        headline='{{ $labels.provider }} is {{ $value | printf "%.1f" }} times slower than before',
        comment="Compared with itself, since models differ in speed.",
    ),
    AlertRule(
        "ProviderVerySlow",
        Condition(
            quantile(0.95, LATENCY, "5m", _PROVIDER),
            above_milliseconds(thresholds.PROVIDER_TIME.critical),
            (f"{events(LATENCY + '_count', '5m', _PROVIDER)} > 20",),
        ),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Provider {{ $labels.provider }} is very slow",
        "1 of 20 calls of {{ $labels.provider }} has taken very long for 5 minutes.",
        _BOARD,
        subject="provider-latency {{ $labels.provider }}",
        headline='{{ $labels.provider }}: 1 of 20 calls takes longer than {{ $value | printf "%.0f" }} ms',
    ),
    AlertRule(
        "FirstTokenSlow",
        Condition(
            times_slower(FIRST_TOKEN, _PROVIDER),
            above_times(thresholds.TIMES_SLOWER),
            (f"{events(FIRST_TOKEN + '_count', '5m', _PROVIDER)} > 50",),
        ),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "First tokens of {{ $labels.provider }} are slow",
        "The 95th percentile of the time to the first token is a multiple of what it was in the hour before.",
        _BOARD,
        subject="provider-latency {{ $labels.provider }}",
        headline='First tokens of {{ $labels.provider }} take {{ $value | printf "%.1f" }} times as long as before',
    ),
)

_LIMITS: Final = (
    AlertRule(
        "ProviderRateLimited",
        Condition(
            f"100 * {rate(LIMITED, '5m', _PROVIDER)} / {rate(CALLS, '5m', _PROVIDER)}",
            above_percent(thresholds.REFUSED.warning),
            (f"{events(LIMITED, '5m', _PROVIDER)} > 10",),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "Provider {{ $labels.provider }} refuses calls",
        "{{ $labels.provider }} has refused calls with status 429 for 2 minutes: its rate limit is exhausted.",
        _BOARD,
        subject="rate-limit {{ $labels.provider }}",
        headline='{{ $labels.provider }} refuses {{ $value | printf "%.1f" }} % of calls (429)',
        presence=(selector(CALLS),),
    ),
    AlertRule(
        "RateLimitNearlyExhausted",
        Condition(
            f"min by ({grouped(_PROVIDER)}) (\n  100 * max by ({grouped(_WINDOW)}) ({selector(REMAINING)})\n"
            f"  / (max by ({grouped(_WINDOW)}) ({selector(ALLOWED)}) > 0)\n)",
            below_percent(thresholds.RATE_LIMIT_LEFT.critical),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "The rate limit of {{ $labels.provider }} is nearly exhausted",
        "Few requests are left in the current window of {{ $labels.provider }}. It will refuse calls with status 429.",
        _BOARD,
        subject="rate-limit {{ $labels.provider }}",
        headline='{{ $labels.provider }}: {{ $value | printf "%.0f" }} % of the rate limit left',
    ),
    AlertRule(
        "RateLimitHeadroomLow",
        Condition(
            f"min by ({grouped(('provider', 'limit'))}) (\n  {_share_of_highest(REMAINING, ALLOWED, 'requests')}\n"
            f"  or {_share_of_highest(TOKENS_LEFT, TOKENS_ALLOWED, 'tokens')}\n)",
            below_percent(thresholds.RATE_LIMIT_LEFT.critical),
        ),
        "2m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Few {{ $labels.limit }} are left of a rate limit of {{ $labels.provider }}",
        "Few {{ $labels.limit }} are left, compared with the largest number that was left within a day. "
        "{{ $labels.provider }} will refuse calls with status 429.",
        _BOARD,
        subject="rate-limit {{ $labels.provider }}",
        headline='{{ $labels.provider }}: {{ $value | printf "%.0f" }} % of the usual {{ $labels.limit }} left',
        comment="For limits that the gateway does not export. Those that it exports have RateLimitNearlyExhausted.",
        presence=(selector(REMAINING),),
        is_optional=True,
        optional=(ALLOWED, TOKENS_LEFT, TOKENS_ALLOWED),
    ),
    AlertRule(
        "RetryStorm",
        Condition(
            f"100 * {rate('codeagent_llm_retries_total', '5m', _PROVIDER)} / {rate(CALLS, '5m', _PROVIDER)}",
            above_percent(thresholds.RETRIES.critical),
            (f"{events('codeagent_llm_retries_total', '5m', _PROVIDER)} > 50",),
        ),
        "3m",
        Severity.HIGH,
        Team.BACKEND,
        "Calls of {{ $labels.provider }} are repeated again and again",
        "Many calls of {{ $labels.provider }} are retries. They add load to a provider that already has a problem.",
        _BOARD,
        subject="retries {{ $labels.provider }}",
        headline='{{ $labels.provider }}: {{ $value | printf "%.0f" }} % of calls are retries',
        presence=(selector(CALLS),),
    ),
    AlertRule(
        "FallbacksFailing",
        Condition(
            percent("codeagent_llm_fallbacks_total", _FAILED_RESULT, "15m", ("model",)),
            above_percent(thresholds.FAILED_FALLBACKS.critical),
            (f"{events('codeagent_llm_fallbacks_total', '15m', ('model',), _FAILED_RESULT)} > 5",),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "Fallbacks of {{ $labels.model }} fail",
        "The model that replaces {{ $labels.model }} fails as well, so users see errors.",
        _ALL,
        subject="fallbacks {{ $labels.model }}",
        headline='{{ $value | printf "%.0f" }} % of the fallbacks of {{ $labels.model }} fail',
        presence=(selector(CALLS),),
    ),
)

_COSTS: Final = (
    AlertRule(
        "TokenExplosion",
        Condition(
            _for_each_team(f"{rate(TOKENS, '15m', _TEAM)}\n/ {rate(TOKENS, '6h', _TEAM, offset='30m')}"),
            above_times(thresholds.TIMES_MORE),
            (f"{_SAME_TEAM} ({rate(TOKENS, '15m', _TEAM)} > 1000)", existed(TOKENS, "390m", _TEAM)),
        ),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Many more tokens than usual",
        _USER + " uses a multiple of the tokens of the hours before: a loop, a large prompt or a new job.",
        _ALL,
        subject="tokens {{ $labels.consumer }}",
        headline=_USER + ' uses {{ $value | printf "%.1f" }} times as many tokens as before',
    ),
    AlertRule(
        "UnpricedTokens",
        Condition(
            f"sum by ({grouped(('provider', 'model'))}) (increase({selector(TOKENS)}[1h]))",
            above_large_count(thresholds.UNPRICED_TOKENS.warning, "tokens per hour"),
            (f"on ({grouped(('provider', 'model'))}) ({rate(COST, '1h', ('provider', 'model'))} == 0)",),
        ),
        "15m",
        Severity.LOW,
        Team.BACKEND,
        "Tokens of {{ $labels.model }} have no price",
        "The gateway counts tokens of {{ $labels.provider }} {{ $labels.model }} without costs. "
        "The costs that it reports are too low.",
        _ALL,
        subject="prices {{ $labels.model }}",
        headline="{{ $labels.model }}: tokens without a price",
        is_optional=True,
    ),
    AlertRule(
        "CostSpike",
        Condition(
            _for_each_team(f"{rate(COST, '30m', _TEAM)}\n/ {rate(COST, '1d', _TEAM, offset='1h')}"),
            above_times(thresholds.TIMES_MORE),
            (f"{_SAME_TEAM} (3600 * {rate(COST, '30m', _TEAM)} > 1)", existed(COST, "25h", _TEAM)),
        ),
        "10m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Costs rise quickly",
        _USER + " spends a multiple of what it spent per hour in the day before.",
        _ALL,
        subject="tokens {{ $labels.consumer }}",
        headline=_USER + ' spends {{ $value | printf "%.1f" }} times as much as before',
        is_optional=True,
    ),
    AlertRule(
        "BudgetBurnTooFast",
        Condition(
            _for_each_owner(f"{_budget(BUDGET_LEFT)}\n- {_SPENDING} * {_budget(BUDGET_RESET)}"),
            Limit("<", 0, "dollars at the reset", '{{ $value | printf "%.2f" }} dollars at the reset'),
        ),
        "15m",
        Severity.MEDIUM,
        Team.BACKEND,
        "A budget will be spent before its reset",
        f"At the speed of the last 6 hours, the budget of {_OWNER_NAME} is spent before it is reset.",
        _ALL,
        subject="budget {{ $labels.scope }} {{ $labels.consumer }}",
        headline=f"The budget of {_OWNER_NAME} will be spent before its reset",
        is_optional=True,
    ),
    AlertRule(
        "BudgetNearlySpent",
        Condition(
            _for_each_owner(f"100 * {_budget(BUDGET_LEFT)}\n/ ({_budget(BUDGET)} > 0)"),
            below_percent(thresholds.BUDGET_LEFT.critical),
        ),
        "5m",
        Severity.HIGH,
        Team.BACKEND,
        "A budget is nearly spent",
        f"Little is left of the budget of {_OWNER_NAME}. Calls are refused when nothing is left.",
        _ALL,
        subject="budget {{ $labels.scope }} {{ $labels.consumer }}",
        headline=f'{_OWNER_NAME}: {{{{ $value | printf "%.0f" }}}} % of the budget left',
        is_optional=True,
    ),
)

_ENGINES: Final = (
    AlertRule(
        "EngineQueueGrowing",
        Condition(
            f"sum by ({grouped(('model',))}) ({selector('codeagent_engine_waiting')})",
            above_count(thresholds.WAITING_REQUESTS.critical, "requests"),
        ),
        "5m",
        Severity.HIGH,
        Team.PLATFORM,
        "Requests wait for a model server",
        "Many requests of {{ $labels.model }} have been waiting for 5 minutes. "
        "More arrive than the servers can execute.",
        _ALL,
        subject="engine {{ $labels.model }}",
        headline='{{ $labels.model }}: {{ $value | printf "%.0f" }} requests wait',
        is_optional=True,
    ),
    AlertRule(
        "EngineCacheFull",
        Condition(
            f"100 * max by ({grouped(('model',))}) ({selector('codeagent_engine_kv_cache_usage')})",
            above_percent(thresholds.USAGE.critical),
        ),
        "5m",
        Severity.MEDIUM,
        Team.PLATFORM,
        "The KV cache of a model server is full",
        "The KV cache of {{ $labels.model }} is full. Requests wait or are preempted and computed again.",
        _ALL,
        subject="engine {{ $labels.model }}",
        headline='{{ $labels.model }}: KV cache {{ $value | printf "%.0f" }} % full',
        is_optional=True,
    ),
)

ALERTS: Final = (*_AVAILABILITY, *_LIMITS, *_COSTS, *_ENGINES)
