"""Samples that arrive late are measured, the setting is named that suits them, and with it points are right."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from app.check import check_delays
from app.factory import create_app
from app.settings import Settings
from pages import BOARDS
from queries.core.deadline import Deadline
from queries.core.time_range import align
from queries.metrics.delay import Delay, delays
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request
from tests.integration import queries_kit as kit
from tests.integration.late_samples import exporting, write, writing

pytestmark = pytest.mark.integration

DELAY = 75.0
SCRAPE = 2
BATCH = 12
METRICS = ("codeagent_requests_total", "codeagent_active_users", "redis_memory_used_bytes", "gateway:requests:rate")
EVERY = f'group by (__name__) ({{__name__=~"{"|".join(METRICS)}"}})'


@dataclass(frozen=True)
class World:
    """A Prometheus with a punctual job, a late one, one that writes in batches, and a recorded series."""

    url: str
    source: PrometheusSource


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("late")
    rules = "groups: [{name: g, interval: 2s, rules: [{record: 'gateway:requests:rate', expr: 'vector(1)'}]}]\n"
    folder.mkdir(exist_ok=True)
    (folder / "rules.yml").write_text(rules)
    with (
        exporting("codeagent_requests_total{}", DELAY) as late,
        exporting("codeagent_active_users{}", 0) as punctual,
    ):
        config = (
            f"global: {{scrape_interval: {SCRAPE}s, scrape_timeout: 1s}}\nrule_files: [rules.yml]\nscrape_configs:\n"
        )
        config += "".join(
            f"- {{job_name: {job}, static_configs: [{{targets: ['{address}']}}]}}\n"
            for job, address in (("late", late), ("punctual", punctual))
        )
        more = ["--web.enable-remote-write-receiver"]
        labels = {"__name__": "redis_memory_used_bytes", "job": "writer"}
        with kit.running(kit.prometheus(folder, config, more=more)) as server:
            write(server.url, labels, [(int(time.time()) - BATCH - seconds, 1.0) for seconds in range(30, -1, -1)])
            with writing(server.url, labels, lambda: _last(BATCH), BATCH):
                source = PrometheusSource(PrometheusSettings(server.url))
                kit.wait_until(lambda: len(source.instant(EVERY, Deadline.after(30))) == len(METRICS))
                yield World(server.url, source)
                source.close()


def _last(seconds: int) -> list[tuple[float, float]]:
    """A sample of each second of the last ones."""
    now = int(time.time())
    return [(float(moment), 1.0) for moment in range(now - seconds + 1, now + 1)]


@pytest.fixture(scope="module")
def measured(world: World) -> dict[str, Delay]:
    return {delay.subject: delay for delay in delays(world.source, METRICS)}


def test_the_delay_of_each_job_is_measured_whatever_the_phase_of_its_scrapes(measured: dict[str, Delay]) -> None:
    late = measured["late"].seconds
    punctual, recorded = measured["punctual"].seconds, measured["gateway:requests:rate"].seconds
    assert late is not None
    assert punctual is not None
    assert recorded is not None
    assert DELAY <= late < DELAY + 15
    assert 0 <= punctual < 15
    assert 0 <= recorded < 15


def test_the_oldest_sample_of_a_batch_is_what_counts(measured: dict[str, Delay]) -> None:
    seconds = measured["writer"].seconds
    assert seconds is not None
    assert BATCH - 6 <= seconds < BATCH + 15  # how far its samples lie apart is estimated


def test_check_names_the_setting_that_suits_the_delay(world: World) -> None:
    written: list[str] = []
    settings = Settings(prometheus_url=world.url)
    app = create_app(settings)
    assert check_delays(app, settings, list(BOARDS.values()), written.append) == 1
    app.engine.close()

    text = "".join(written)
    match = re.search(r"Samples arrive (\d+) s late: set CODEAGENT_INGESTION_DELAY=(\d+)", text)
    assert match, text
    assert DELAY <= float(match[1]) < DELAY + 15
    assert DELAY < float(match[2]) < DELAY + 35
    assert "LATE  late:" in text
    assert "ok    punctual:" in text


def test_points_are_right_with_the_suggested_setting_and_not_without(world: World, measured: dict[str, Delay]) -> None:
    tolerances = {"default": EngineSettings().tolerance, "suggested": float(measured["late"].setting)}
    engines = {
        name: Engine({"prometheus": world.source}, settings=EngineSettings(tolerance=tolerance, patience=30.0))
        for name, tolerance in tolerances.items()
    }
    requested = time.time()
    for engine in engines.values():
        engine.run(_request(requested), 60)
    kit.wait_until(lambda: _newest(world.source) > requested - 40)  # what was not there yet has come by now
    later = time.time()
    wrong = {name: _wrong_points(world.source, engine, later) for name, engine in engines.items()}
    for engine in engines.values():
        engine.close()

    assert wrong["default"] > 0
    assert wrong["suggested"] == 0


def _newest(source: PrometheusSource) -> float:
    ((_, value),) = source.instant("max(codeagent_requests_total)", Deadline.after(30))
    return value


def _request(now: float) -> Request:
    return Request("prometheus", "max(codeagent_requests_total)", align(now - 120, now, 1, 1))


def _wrong_points(source: PrometheusSource, engine: Engine, now: float) -> int:
    """Points of a cached answer, older than the delay, that differ from a direct one."""
    cached = engine.run(_request(now), 60).frame
    direct = source.range(_request(now), Deadline.after(60)).frame
    settled = cached.times < now - DELAY - 15
    return int(np.count_nonzero(cached.values[:, settled] != direct.values[:, settled]))
