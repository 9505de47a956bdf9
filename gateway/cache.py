"""The gateway's caches in Redis. Without Redis every look-up misses and the gateway goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from telemetry.logs import get_logger

log = get_logger("CodeAgent.API.Cache")
REST = 5.0  # seconds that Redis is left alone after it failed, so that no request waits for a dead server
CAPACITY = {"completions": 2_000, "embeddings": 4_000, "sessions": 1_000}


class Cache:
    """Named caches with a time to live and a bound on their entries.

    `looked_up(cache, hit)` and `evicted(cache, count)` are called on these events; `off` is called before each use.
    """

    def __init__(
        self,
        url: str,
        looked_up: Callable[[str, bool], None],
        evicted: Callable[[str, int], None],
        off: Callable[[], bool] = lambda: False,
    ) -> None:
        self.redis = Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, max_connections=50)
        self._looked_up, self._evicted, self._off = looked_up, evicted, off
        self._rest_until = 0.0

    async def get(self, cache: str, key: str) -> bytes | None:
        """The value, or None."""
        value: bytes | None = None
        if self._usable():
            try:
                value = await self.redis.get(f"{cache}:{key}")  # type: ignore[assignment]  # bytes: no decoding is set
            except (RedisError, OSError) as error:
                self._failed(error)
        self._looked_up(cache, value is not None)
        return value

    async def put(self, cache: str, key: str, value: bytes, seconds: int) -> None:
        """Keep a value; the oldest entries beyond the capacity are evicted."""
        if not self._usable():
            return
        try:
            await self._store(cache, key, value, seconds)
        except (RedisError, OSError) as error:
            self._failed(error)

    async def close(self) -> None:
        """Let the connections go."""
        await self.redis.aclose()

    async def _store(self, cache: str, key: str, value: bytes, seconds: int) -> None:
        index = f"{cache}:index"
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.set(f"{cache}:{key}", value, ex=seconds)
            pipe.zadd(index, {key: time.time()})
            pipe.zcard(index)
            *_, held = await pipe.execute()
        if (excess := held - CAPACITY[cache]) > 0:
            oldest: Any = await self.redis.zpopmin(index, excess)
            gone = await self.redis.delete(*(f"{cache}:{member.decode()}" for member, _ in oldest))
            self._evicted(cache, gone)  # the rest had expired by themselves

    def _usable(self) -> bool:
        return not self._off() and time.monotonic() >= self._rest_until

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + REST
        log.warning("Redis failed, going on without it for {Seconds} s: {Reason}", Seconds=REST, Reason=str(error))
