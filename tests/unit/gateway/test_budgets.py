"""Budgets: who they cover, when they begin anew, and that they go on without Redis."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from gateway.budgets import Budgets, usually_spent
from gateway.tenants import BUDGETS, KEYS, TEAMS, Budget, key_of

MONDAY = 1_767_571_200.0  # 2026-01-05, 00:00 UTC
DAY = 86_400


def test_a_weekly_budget_ends_at_monday_and_a_daily_one_at_midnight() -> None:
    weekly, daily = Budget("team", "platform", 100, 7 * DAY), Budget("key", "platform-ci", 10, DAY)
    assert weekly.reset(MONDAY) == MONDAY + 7 * DAY
    assert weekly.reset(MONDAY - 1) == MONDAY
    assert daily.reset(MONDAY + 3_600) == MONDAY + DAY


def test_keys_have_the_shares_of_their_teams() -> None:
    for team, share in TEAMS:
        assert sum(key.share for key in KEYS if key.team == team) == pytest.approx(share)
    assert sum(key.share for key in KEYS) == pytest.approx(1)
    assert key_of("user-0007").team == "platform"


def test_every_budget_covers_some_key() -> None:
    assert all(any(budget.covers(key) for key in KEYS) for budget in BUDGETS)


def test_dollars_are_counted_without_redis_and_a_new_period_begins_at_zero() -> None:
    now = [MONDAY + 3_600.0]
    nobody = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    budgets, key = Budgets(nobody, lambda: now[0]), KEYS[0]
    budgets.spend(key, 2.0)
    spent = {budget.name: budget.limit - left for budget, (left, _) in zip(BUDGETS, budgets.remaining(), strict=True)}
    for budget in BUDGETS:
        own = 2.0 if budget.covers(key) else 0.0
        assert spent[budget.name] == pytest.approx(usually_spent(budget, now[0]) + own)

    async def flushed() -> None:
        await budgets.flush()
        now[0] += 7 * DAY
        await budgets.flush()
        await nobody.aclose()

    asyncio.run(flushed())
    assert [left for left, _ in budgets.remaining()] == [budget.limit for budget in BUDGETS]
