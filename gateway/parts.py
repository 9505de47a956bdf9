"""The parts that requests share, put together once at start and taken apart at the end."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx

from gateway.budgets import FLUSH_SECONDS, Budgets
from gateway.cache import Cache
from gateway.database import Database
from gateway.deployments import Deployments
from gateway.faults import Switches
from gateway.held_resources import FOLLOW_SECONDS, HeldResources
from gateway.llm import Providers
from gateway.metrics import GatewayMetrics
from gateway.settings import Settings
from gateway.uploads import Uploads
from gateway.workflows import Runner
from telemetry.instrument import instrument_database, instrument_http, instrument_redis
from telemetry.logs import get_logger
from telemetry.metrics import Metrics

log = get_logger("CodeAgent.API")
PROBE_EVERY, PRUNE_EVERY = 10.0, 300.0


@dataclass(frozen=True)
class Parts:
    """Everything a request may need."""

    settings: Settings
    switches: Switches
    measures: GatewayMetrics
    cache: Cache
    database: Database
    http: httpx.AsyncClient
    providers: Providers
    runner: Runner
    uploads: Uploads
    rng: random.Random
    held: HeldResources
    deployments: Deployments
    budgets: Budgets

    async def pace(self, median_ms: float, sigma: float) -> None:
        """Wait as long as a real service's own work takes, scaled by the settings."""
        wait = median_ms * self.rng.lognormvariate(0, sigma) * self.settings.pace / 1000
        if wait > 0:
            await asyncio.sleep(wait)


def build(settings: Settings, metrics: Metrics) -> Parts:
    """Put the parts together; nothing is connected yet."""
    measures, switches, rng = GatewayMetrics(metrics), Switches(), random.Random()
    cache = Cache(
        settings.redis_url, measures.looked_up, measures.evicted, lambda: switches.active("no-cache") is not None
    )
    database = Database(settings.database_url, measures.queried, lambda: _database_delay(switches))
    measures.watch_pool(database.connections)
    http = httpx.AsyncClient(base_url=settings.providers_url, limits=httpx.Limits(max_connections=200))
    budgets = Budgets(cache.redis)
    measures.watch_budgets(budgets)
    providers = Providers(http, measures, switches, budgets)
    instrument_http(http, spans=False)  # a call to a provider is a span of its own, to the last token
    instrument_redis(cache.redis)
    instrument_database(database.engine.sync_engine)
    return Parts(
        settings,
        switches,
        measures,
        cache,
        database,
        http,
        providers,
        Runner(database, providers, measures, rng, settings.pace),
        Uploads(settings, database),
        rng,
        HeldResources(switches, database.engine, settings.data_dir, fills_disk=not settings.peers),
        Deployments(switches, settings, http),
        budgets,
    )


def _database_delay(switches: Switches) -> float:
    slow = switches.active("slow-database")
    return float(slow["milliseconds"]) / 1000 if slow else 0.0


@contextlib.asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """Prepare the database and keep the housekeeping going while the gateway serves."""
    parts.settings.upload_dir.mkdir(parents=True, exist_ok=True)
    await parts.database.prepare()
    tasks = [
        asyncio.create_task(_every(PROBE_EVERY, parts.providers.probe)),
        asyncio.create_task(_every(PRUNE_EVERY, lambda: parts.database.prune(time.time()))),
        asyncio.create_task(_every(FOLLOW_SECONDS, parts.held.follow)),
        asyncio.create_task(_every(FOLLOW_SECONDS, parts.deployments.follow)),
        asyncio.create_task(_every(FLUSH_SECONDS, parts.budgets.flush)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.held.release()
        await parts.http.aclose()
        await parts.cache.close()
        await parts.database.engine.dispose()


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            log.warning("Housekeeping failed: {Reason}", Reason=str(error), exc_info=error)
        await asyncio.sleep(seconds)
