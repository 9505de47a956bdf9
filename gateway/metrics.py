"""What the gateway measures: the contract's metrics, and the gauges that look back over five minutes."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from gateway import catalog
from gateway.billing import usage_of
from gateway.budgets import Budgets
from gateway.rotation import FALLBACKS
from gateway.tenants import KEYS, TEAMS, Key
from telemetry.asgi import Exchange
from telemetry.metrics import Labels, Metrics

WINDOW = 300.0
Values = Iterable[tuple[float, Labels]]


class HitRate:
    """Share of hits in the last five minutes, counted in slices of ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slices: deque[list[float]] = deque()  # start, hits, look-ups

    def count(self, hit: bool) -> None:
        """One look-up."""
        now = self._clock()
        if not self._slices or now - self._slices[-1][0] >= 10:
            self._slices.append([now, 0, 0])
        self._slices[-1][1] += hit
        self._slices[-1][2] += 1

    def share(self) -> float | None:
        """0 to 1; None when nobody looked anything up."""
        while self._slices and self._clock() - self._slices[0][0] > WINDOW:
            self._slices.popleft()
        total = sum(part[2] for part in self._slices)
        return sum(part[1] for part in self._slices) / total if total else None


class GatewayMetrics:
    """Records what happens under the contract's names."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self.metrics = metrics
        self._clock = clock
        self._last_request: dict[str, float] = {}
        self.hit_rates = {cache.name: HitRate(clock) for cache in catalog.CACHES}
        self.open_sockets = 0
        # By provider and window: what remains, and the limit.
        self.limits: dict[tuple[str, str], tuple[float, float]] = {}
        self.token_limits: dict[tuple[str, str], tuple[float, float]] = {}
        self.up: dict[str, bool] = {}
        self._start_at_zero()
        metrics.watch("codeagent_active_users", lambda: [(self.active_users(), {})])
        metrics.watch("codeagent_connections_active", lambda: [(self.open_sockets, {})])
        metrics.watch("codeagent_cache_hit_rate", self._hit_rates)
        metrics.watch("codeagent_provider_up", lambda: [(float(up), {"provider": p}) for p, up in self.up.items()])
        metrics.watch("codeagent_llm_rate_limit_remaining", lambda: _windows(self.limits, 0))
        metrics.watch("codeagent_llm_rate_limit_limit", lambda: _windows(self.limits, 1))
        metrics.watch("codeagent_llm_tokens_remaining", lambda: _windows(self.token_limits, 0))
        metrics.watch("codeagent_llm_tokens_limit", lambda: _windows(self.token_limits, 1))

    def answered(self, exchange: Exchange) -> None:
        """One HTTP request."""
        labels = {"endpoint": exchange.route, "method": exchange.method, "status": str(exchange.status)}
        self.metrics.add("codeagent_requests_total", 1, **labels)
        self.metrics.record("codeagent_request_duration", exchange.seconds * 1000, **labels)
        if exchange.request_bytes:
            self.metrics.record("codeagent_request_size_bytes", exchange.request_bytes, **labels)
        self.metrics.record("codeagent_response_size_bytes", exchange.response_bytes, **labels)

    def user_seen(self, user_id: str) -> None:
        """A user was active."""
        self._last_request[user_id] = self._clock()

    def active_users(self) -> int:
        """Distinct users in the last five minutes."""
        oldest = self._clock() - WINDOW
        self._last_request = {user: seconds for user, seconds in self._last_request.items() if seconds >= oldest}
        return len(self._last_request)

    def looked_up(self, cache: str, hit: bool) -> None:
        """One cache look-up."""
        self.metrics.add("codeagent_cache_requests_total", 1, cache=cache, result="hit" if hit else "miss")
        self.hit_rates[cache].count(hit)

    def evicted(self, cache: str, count: int) -> None:
        """Entries evicted."""
        self.metrics.add("codeagent_cache_evictions_total", count, cache=cache)

    def queried(self, operation: str, milliseconds: float) -> None:
        """One database query."""
        self.metrics.record("codeagent_db_query_duration", milliseconds, operation=operation)

    def tool_called(self, server: str, tool: str, status: str, key: Key, milliseconds: float) -> None:
        """One call of a tool, `ok` or `error`."""
        labels = {"server": server, "tool": tool}
        self.metrics.add("codeagent_mcp_calls_total", 1, **labels, status=status, team=key.team)
        self.metrics.record("codeagent_mcp_call_duration", milliseconds, **labels)

    def cooled_down(self, provider: str, model: str) -> None:
        """A deployment was taken out of rotation."""
        self.metrics.add("codeagent_llm_cooldowns_total", 1, provider=provider, model=model)

    def fell_back(self, model: str, result: str, key: Key) -> None:
        """A call was sent to the model's fallback, which `succeeded` or `failed`."""
        self.metrics.add("codeagent_llm_fallbacks_total", 1, **_fallback(model, result, key))

    def watch_deployments(self, in_rotation: Callable[[str, str], bool]) -> None:
        """Ask `in_rotation(provider, model)` for the state of each deployment."""

        def states() -> Values:
            return [
                (
                    float(in_rotation(provider.name, model.name) and self.up.get(provider.name, True)),
                    {"provider": provider.name, "model": model.name},
                )
                for provider in catalog.PROVIDERS
                for model in provider.models
            ]

        self.metrics.watch("codeagent_llm_deployment_up", states)

    def watch_budgets(self, budgets: Budgets) -> None:
        """Read the budgets when asked."""
        self.metrics.watch("codeagent_budget_limit_usd", budgets.limits)
        self.metrics.watch("codeagent_budget_remaining_usd", budgets.remaining)
        self.metrics.watch("codeagent_budget_reset_seconds", budgets.resets)

    def watch_pool(self, connections: Callable[[], tuple[int, int]]) -> None:
        """Read the pool's active and idle connections when asked."""

        def states() -> Values:
            active, idle = connections()
            return [(active, {"state": "active"}), (idle, {"state": "idle"})]

        self.metrics.watch("codeagent_db_connections", states)
        self.metrics.watch("codeagent_db_connections_max", lambda: [(catalog.POOL_SIZE, {})])

    def _hit_rates(self) -> Values:
        shares = ((name, rate.share()) for name, rate in self.hit_rates.items())
        return [(share, {"cache": name}) for name, share in shares if share is not None]

    def _start_at_zero(self) -> None:
        """Counters that exist from the start: a rate sees their first increment, and zero is not absence."""
        add = self.metrics.add
        for endpoint in catalog.ENDPOINTS:
            for status in (endpoint.success, *(code for code, _ in endpoint.statuses)):
                labels = {"endpoint": endpoint.route, "method": endpoint.method, "status": status}
                add("codeagent_requests_total", 0, **labels)
        for cache in catalog.CACHES:
            add("codeagent_cache_evictions_total", 0, cache=cache.name)
            for result in ("hit", "miss"):
                add("codeagent_cache_requests_total", 0, cache=cache.name, result=result)
        self._start_calls_at_zero()
        for reason, _ in catalog.WEBSOCKETS.reasons:
            add("codeagent_websocket_disconnections_total", 0, reason=reason)
        for direction in ("in", "out"):
            add("codeagent_websocket_messages_total", 0, direction=direction)
        add("codeagent_websocket_connections", 0)

    def _start_calls_at_zero(self) -> None:
        for provider in catalog.PROVIDERS:
            self.metrics.add("codeagent_llm_rate_limited_total", 0, provider=provider.name)
            for model in provider.models:
                self._start_model_at_zero(provider, model)
        for key, model_name in itertools.product(KEYS, FALLBACKS):
            if key.falls_back:
                self.metrics.add("codeagent_llm_fallbacks_total", 0, **_fallback(model_name, "succeeded", key))
        for tool, (team, _) in itertools.product(catalog.TOOLS, TEAMS):
            labels = {"server": tool.server, "tool": tool.name, "status": "ok", "team": team}
            self.metrics.add("codeagent_mcp_calls_total", 0, **labels)

    def _start_model_at_zero(self, provider: catalog.Provider, model: catalog.Model) -> None:
        add, labels = self.metrics.add, {"provider": provider.name, "model": model.name}
        add("codeagent_llm_cooldowns_total", 0, **labels)
        add("codeagent_llm_retries_total", 0, **labels)
        for key in KEYS:
            add("codeagent_llm_requests_total", 0, **labels, status="200", **key.labels)
            add("codeagent_llm_cost_usd_total", 0, **labels, **key.labels)
            for kind in usage_of(provider, model):
                add("codeagent_llm_tokens_total", 0, **labels, kind=kind, **key.labels)


def _fallback(model: str, result: str, key: Key) -> dict[str, str]:
    return {"model": model, "fallback_model": FALLBACKS[model][1], "result": result, "team": key.team}


def _windows(limits: Mapping[tuple[str, str], tuple[float, float]], which: int) -> Values:
    """What remains (0) of rate limits, or the limits (1)."""
    return [(pair[which], {"provider": name, "window": window}) for (name, window), pair in limits.items()]
