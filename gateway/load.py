"""The load generator: open-loop arrivals by the catalogue's shares and hours, with a bound on what is in flight."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvloop

from gateway.calls import Calls
from gateway.catalog import traffic_level
from gateway.socket_clients import Crowd
from gateway.switchboard import PATH
from telemetry.configuration import configure
from telemetry.instrument import instrument_http
from telemetry.settings import Settings

SERVICE = "CodeAgent.Load"

IN_FLIGHT = 200  # beyond this, arrivals are skipped and counted: a load generator must not become the incident
ASK_EVERY = 3.0  # seconds between questions for faults


@dataclass
class Weather:
    """The faults that the gateway says are on, as far as they concern the load."""

    faults: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def factor(self, name: str) -> float:
        """How many times the usual."""
        return float(self.faults.get(name, {}).get("factor", 1.0))


@dataclass
class Counts:
    """What the load did."""

    sent: int = 0
    skipped: int = 0
    failed: int = 0


def main(urls: Sequence[str], rate: float, sockets: float, seconds: float, data_dir: Path | None = None) -> None:
    """Run until stopped, or for so many seconds; with a folder, traces begin at the load and are written there."""
    if data_dir is None:
        uvloop.run(_run(urls, rate, sockets, seconds))
        return
    telemetry = configure(Settings.load(service=SERVICE, trace_folder=data_dir / "traces", log_folder=None, logs=False))
    try:
        uvloop.run(_run(urls, rate, sockets, seconds))
    finally:
        telemetry.close()


async def _run(urls: Sequence[str], rate: float, sockets: float, seconds: float) -> None:
    weather, counts = Weather(), Counts()
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=40)
    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60, limits=limits)) for url in urls
        ]
        for client in clients:
            instrument_http(client, spans=False)
        calls = Calls(clients, random.Random())
        crowd = Crowd(urls, lambda: sockets * traffic_level(time.time()) * weather.factor("spike"), random.Random())
        forever = [
            _every(ASK_EVERY, lambda: _ask(clients[0], weather)),
            _reports(counts, crowd),
            crowd.run(),
            _arrivals(calls, counts, lambda: _level(weather) * rate),
        ]
        tasks = [asyncio.create_task(coroutine) for coroutine in forever]
        limit = None if seconds == float("inf") else seconds
        ended, _ = await asyncio.wait(tasks, timeout=limit, return_when="FIRST_EXCEPTION")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await crowd.close()
        _report(counts, crowd)
        for task in ended:
            task.result()  # none of them ends by itself: what it raised is not kept quiet


def _level(weather: Weather) -> float:
    return 0.0 if "silence" in weather.faults else traffic_level(time.time()) * weather.factor("traffic")


async def _arrivals(calls: Calls, counts: Counts, per_second: Callable[[], float]) -> None:
    """Independent arrivals: exponential gaps, whatever the answers do."""
    rng, flying = random.Random(), set[asyncio.Task[None]]()
    due = time.monotonic()
    while True:
        rate = per_second()
        due = max(due + rng.expovariate(max(rate, 0.2)), time.monotonic() - 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if rate <= 0:
            continue
        if len(flying) >= IN_FLIGHT:
            counts.skipped += 1
            continue
        task = asyncio.create_task(_run_call(calls, counts))
        flying.add(task)
        task.add_done_callback(flying.discard)


async def _run_call(calls: Calls, counts: Counts) -> None:
    counts.sent += 1
    try:
        await calls.run()
    except httpx.HTTPError:
        counts.failed += 1


async def _ask(client: httpx.AsyncClient, weather: Weather) -> None:
    answer = await client.get(PATH, timeout=2)
    weather.faults = {fault["name"]: fault["parameters"] for fault in answer.json()}


async def _reports(counts: Counts, crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(60)
        _report(counts, crowd)


def _report(counts: Counts, crowd: Crowd) -> None:
    print(
        f"{counts.sent} requests sent, {counts.skipped} skipped, {counts.failed} without an answer; "
        f"{crowd.open} WebSocket connections open",
        flush=True,
    )


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
            await work()
        await asyncio.sleep(seconds)
