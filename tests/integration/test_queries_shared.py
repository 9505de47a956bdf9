"""Several workers on one shared tier: one asks for all, a killed one holds nobody up, a lost Redis loses nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from queries.core.time_range import Window, align
from queries.metrics.cache.backends import open_store, redis_client
from queries.metrics.cache.lease import FileLeases, RedisLeases, open_leases
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Answer, Origin, Request
from tests.integration import queries_kit as kit
from tests.integration import queries_world as world
from tests.integration.liar import Liar, lying

pytestmark = pytest.mark.integration
END = int(time.time()) // 60 * 60 - 60
NOW = float(END - 600)
EXPR = "sum by (endpoint) (rate(requests_total[1m]))"
WINDOW = align(NOW - 1_800, NOW, 15, 15)
REQUEST = Request("prometheus", EXPR, WINDOW)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kit.Server]:
    folder = tmp_path_factory.mktemp("prometheus")
    kit.backfill(folder, world.openmetrics(END))
    with kit.running(kit.prometheus(folder)) as server:
        yield server


@pytest.fixture
def liar(backend: kit.Server) -> Iterator[Liar]:
    with lying(backend.url) as server:
        yield server


@pytest.fixture
def tier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "file":
        yield f"file://{tmp_path / 'tier'}"
        return
    with kit.running(kit.redis(tmp_path)) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


BOTH = pytest.mark.parametrize("tier", ["redis", "file"], indirect=True)
REDIS = pytest.mark.parametrize("tier", ["redis"], indirect=True)


def worker(url: str, tier: str, window: Window = WINDOW, lease_seconds: float = 5) -> subprocess.Popen[str]:
    arguments = [url, tier, EXPR, window.start, window.end, window.step, NOW, lease_seconds]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.queries_worker", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def counts_of(process: subprocess.Popen[str]) -> tuple[str, int, int]:
    out, _ = process.communicate(timeout=30)
    origin, fetched, samples = out.split()
    return origin, int(fetched), int(samples)


def engine_on(url: str, tier: str, settings: EngineSettings | None = None) -> Engine:
    source = PrometheusSource(PrometheusSettings(url, "prometheus"))
    return Engine({"prometheus": source}, open_store(tier), settings, lambda: NOW, open_leases(tier, 5))


@BOTH
def test_workers_that_miss_the_same_points_cost_one_query(liar: Liar, tier: str) -> None:
    liar.seconds = 0.5
    workers = [worker(liar.url, tier) for _ in range(3)]
    for item in workers:
        go(item)
    answers = sorted(counts_of(worker) for worker in workers)
    assert liar.queries == 1
    assert [answer[0] for answer in answers].count("fresh") == 1
    assert len({answer[2] for answer in answers}) == 1


@BOTH
def test_a_worker_killed_in_the_middle_of_a_fetch_does_not_hold_the_others_up(liar: Liar, tier: str) -> None:
    liar.seconds = 3.0
    doomed, other = worker(liar.url, tier, lease_seconds=1), worker(liar.url, tier, lease_seconds=1)
    go(doomed)
    kit.wait_until(lambda: liar.queries == 1)
    doomed.kill()
    doomed.wait()
    liar.seconds = 0.0
    begun = time.monotonic()
    go(other)
    assert counts_of(other)[0] == "fresh"
    assert time.monotonic() - begun < 10


@BOTH
def test_a_new_worker_finds_what_another_has_fetched(liar: Liar, tier: str) -> None:
    first = engine_on(liar.url, tier).run(REQUEST, 5)
    second = engine_on(liar.url, tier).run(REQUEST, 5)
    assert (first.origin, second.origin) == (Origin.FRESH, Origin.CACHE)
    assert second.samples_fetched == 0
    assert liar.queries == 1


@BOTH
@pytest.mark.parametrize(
    "other",
    [
        {"url": "{url}/select/2/prometheus"},
        {"headers": {"X-Scope-OrgID": "b"}},
        {"bearer_token": "b"},
        {"username": "b", "password": "b"},
    ],
    ids=["address", "tenant", "token", "user"],
)
def test_apps_of_two_backends_or_two_tenants_share_nothing(liar: Liar, tier: str, other: dict[str, Any]) -> None:
    engine_on(liar.url, tier).run(REQUEST, 5)
    options = other | {"url": other.get("url", "{url}").format(url=liar.url)}
    source = PrometheusSource(PrometheusSettings(name="prometheus", **options))
    stranger = Engine({"prometheus": source}, open_store(tier), EngineSettings(retries=0), lambda: NOW)
    outcome = stranger.run_many([REQUEST], 5)[0]
    assert liar.queries == 2
    assert not isinstance(outcome, Answer) or outcome.origin is Origin.FRESH


@REDIS
def test_nothing_in_redis_shows_an_address_a_tenant_or_a_credential(liar: Liar, tier: str) -> None:
    secrets = {"headers": {"X-Scope-OrgID": "acme-tenant"}, "bearer_token": "t0ken-value"}
    source = PrometheusSource(PrometheusSettings(liar.url, "prometheus", **secrets))  # type: ignore[arg-type]
    leases = open_leases(tier, 5)
    engine = Engine({"prometheus": source}, open_store(tier), None, lambda: NOW, leases)
    engine.run(replace(REQUEST, tenant="acme-tenant"), 5)
    refresher = engine.refresher()
    refresher.tick()
    client = redis_client(tier)
    keys = client.keys("*")
    stored = b" ".join([*keys, *(client.get(key) for key in keys if b":q" in key)])
    assert len(keys) >= 3  # points, what is looked at, and who leads
    for word in (b"acme-tenant", b"t0ken-value", str(liar.server_port).encode()):
        assert word not in stored
    refresher.stop()


@BOTH
def test_a_new_worker_shows_what_another_once_fetched_when_the_backend_is_away(backend: kit.Server, tier: str) -> None:
    with lying(backend.url) as before:
        good = engine_on(before.url, tier).run(REQUEST, 5)
    away = PrometheusSource(PrometheusSettings(before.url, "prometheus"))
    later = NOW + 120
    engine = Engine({"prometheus": away}, open_store(tier), EngineSettings(retries=0), lambda: later)
    answer = engine.run(Request("prometheus", EXPR, align(later - 1_800, later, 15, 15)), 5)
    assert (answer.origin, answer.age) == (Origin.STALE, 120)
    assert answer.frame.values[:, 0].tolist() == good.frame.values[:, 8].tolist()


def test_a_stopped_redis_costs_queries_and_no_answers(liar: Liar, tmp_path: Path) -> None:
    server = kit.redis(tmp_path)
    tier = f"redis://127.0.0.1:{server.port}/0"
    with kit.running(server):
        assert engine_on(liar.url, tier).run(REQUEST, 5).origin is Origin.FRESH
    begun = time.monotonic()
    assert engine_on(liar.url, tier).run(REQUEST, 5).origin is Origin.FRESH
    assert time.monotonic() - begun < 3
    with kit.running(kit.redis(tmp_path, server.port)):
        assert engine_on(liar.url, tier).run(REQUEST, 5).origin is Origin.FRESH
        assert engine_on(liar.url, tier).run(REQUEST, 5).origin is Origin.CACHE


@REDIS
def test_what_somebody_else_wrote_into_redis_is_ignored_and_never_run(liar: Liar, tier: str) -> None:
    engine_on(liar.url, tier).run(REQUEST, 5)
    client = redis_client(tier)
    keys = client.keys("cad:q*")
    assert keys
    for key in keys:
        client.set(key, b"!cos\nsystem\n(S'false'\ntR.")
    answer = engine_on(liar.url, tier).run(REQUEST, 5)
    assert answer.origin is Origin.FRESH
    assert answer.frame.samples > 100


@REDIS
def test_a_lease_has_one_holder_is_prolonged_while_held_and_comes_free_when_returned(tier: str) -> None:
    item, other = RedisLeases(redis_client(tier), 0.3), RedisLeases(redis_client(tier), 0.3)
    release = item.acquire("it")
    assert release is not None
    time.sleep(1.0)
    assert other.acquire("it") is None
    release()
    again = other.acquire("it")
    assert again is not None
    again()


def test_a_file_lease_has_one_holder(tmp_path: Path) -> None:
    item, other = FileLeases(tmp_path), FileLeases(tmp_path)
    release = item.acquire("it")
    assert release is not None
    assert other.acquire("it") is None
    release()
    assert other.acquire("it") is not None


@BOTH
def test_one_worker_of_many_keeps_warm_what_viewers_of_all_look_at(liar: Liar, tier: str) -> None:
    clock = [NOW]
    engines = [
        Engine(
            {"prometheus": PrometheusSource(PrometheusSettings(liar.url, "prometheus"))},
            open_store(tier),
            EngineSettings(fresh_for=30),
            lambda: clock[0],
            open_leases(tier, 5),
        )
        for _ in range(3)
    ]
    refreshers = [engine.refresher() for engine in engines]
    engines[2].run(REQUEST, 5)  # a viewer of the last worker
    for refresher in reversed(refreshers):
        refresher.tick()  # exchanges; the first to ask leads
    kit.wait_until(lambda: _idle(engines))
    before = liar.queries
    clock[0] += 15
    started = [refresher.tick() for refresher in reversed(refreshers)]
    assert sorted(started) == [0, 0, 1]
    kit.wait_until(lambda: liar.queries == before + 1)
    kit.wait_until(lambda: _idle(engines))
    moved = Request("prometheus", EXPR, align(clock[0] - 1_800, clock[0], 15, 15))
    assert engines[0].run(moved, 5).origin is Origin.CACHE
    assert liar.queries == before + 1
    clock[0] += 200  # nobody has looked for a while
    assert [refresher.tick() for refresher in refreshers] == [0, 0, 0]
    for refresher in refreshers:
        refresher.stop()


def _idle(engines: list[Engine]) -> bool:
    return not any(engine.flights.busy for engine in engines)
