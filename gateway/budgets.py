"""Dollars spent against budgets, shared by all instances through Redis; without it each instance counts on alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.billing import usual_dollars_per_second
from gateway.tenants import BUDGETS, Budget, Key
from telemetry.logs import get_logger
from telemetry.metrics import Labels

log = get_logger("CodeAgent.API.Budgets")
FLUSH_SECONDS: Final = 2.0


def usually_spent(budget: Budget, now: float) -> float:
    """Dollars that are usually spent from the last reset to an instant.

    A sample that starts in the middle of a week begins with them, so that its budgets look as if they were in use.
    """
    since = budget.reset(now) - budget.period
    return usual_dollars_per_second() * budget.share * (now - since)


class Budgets:
    """Counts dollars. No call waits for Redis: what was spent is added to the shared sums every two seconds."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis, self._clock = redis, clock
        now = clock()
        self._period = {budget: budget.number(now) for budget in BUDGETS}
        self._spent = {budget: usually_spent(budget, now) for budget in BUDGETS}
        self._pending = dict.fromkeys(BUDGETS, 0.0)

    def spend(self, key: Key, dollars: float) -> None:
        """Count the dollars of a key's call."""
        for budget in BUDGETS:
            if budget.covers(key):
                self._pending[budget] += dollars

    async def flush(self) -> None:
        """Add to the shared sums what was spent since the last time, and read them."""
        for budget in BUDGETS:
            await self._flush(budget)

    def limits(self) -> Iterable[tuple[float, Labels]]:
        """Dollars allowed in the period."""
        return [(budget.limit, budget.labels) for budget in BUDGETS]

    def remaining(self) -> Iterable[tuple[float, Labels]]:
        """Dollars left until the reset; below zero when more was spent."""
        return [(budget.limit - self._spent[budget] - self._pending[budget], budget.labels) for budget in BUDGETS]

    def resets(self) -> Iterable[tuple[float, Labels]]:
        """Seconds until the reset."""
        now = self._clock()
        return [(budget.reset(now) - now, budget.labels) for budget in BUDGETS]

    async def _flush(self, budget: Budget) -> None:
        amount, self._pending[budget] = self._pending[budget], 0.0
        number = budget.number(self._clock())
        if number != self._period[budget]:
            self._period[budget], self._spent[budget] = number, 0.0
        self._spent[budget] += amount
        name = f"budget:{budget.name}:{number}"
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                # The first instance brings the opening balance, the others add to it.
                pipe.set(name, self._spent[budget] - amount, nx=True, ex=2 * budget.period)
                pipe.incrbyfloat(name, amount)
                answers: list[Any] = await pipe.execute()
            self._spent[budget] = float(answers[-1])
        except (RedisError, OSError) as error:
            log.debug("A budget is counted without Redis: {Reason}", Reason=str(error))
