"""A Prometheus that scrapes while we look: what has settled is right, and what is new comes in."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from queries.core.deadline import Deadline
from queries.core.time_range import align
from queries.metrics.cache.extents import Key, label_key
from queries.metrics.diagnose import Diagnostician, Why
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.frame import Floats, Frame
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Origin, Request
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration
TOLERANCE = 4.0
SETTINGS = EngineSettings(tolerance=TOLERANCE, patience=5.0)
EXPRESSIONS = ("sum by (kind) (rate(work_total[4s]))", "work_total", "count(work_total)", "alive")


class Exporter(ThreadingHTTPServer):
    """A counter that resets, a label that changes, a series that comes and goes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.begun = time.monotonic()

    def text(self) -> str:
        """What is exposed now."""
        second = int(time.monotonic() - self.begun)
        lines = [f'work_total{{kind="steady"}} {second % 7 * 10}', f'work_total{{kind="v{second // 5}"}} {second}']
        if second % 6 < 3:
            lines.append(f"alive {second}")
        return "\n".join([*lines, ""])


class _Page(BaseHTTPRequestHandler):
    server: Exporter

    def do_GET(self) -> None:
        body = self.server.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    exporter = Exporter()
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    config = (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
        f"- {{job_name: work, static_configs: [{{targets: ['127.0.0.1:{exporter.server_port}']}}]}}\n"
        "- {job_name: gone, static_configs: [{targets: ['127.0.0.1:1']}]}\n"
    )
    with kit.running(kit.prometheus(tmp_path_factory.mktemp("live"), config)) as server:
        result = PrometheusSource(PrometheusSettings(server.url, "prometheus"))
        now = time.time()
        probe = Request("prometheus", "work_total", align(now, now, 1, 1))
        kit.wait_until(lambda: result.range(_now(probe), Deadline.after(5)).frame.samples > 0)
        yield result
        result.close()
        exporter.shutdown()


def _now(request: Request) -> Request:
    now = time.time()
    return Request(request.source, request.expr, align(now, now, 1, 1))


def test_settled_points_of_cached_answers_equal_direct_ones_while_samples_come_in(source: PrometheusSource) -> None:
    engine, rng = Engine({"prometheus": source}, settings=SETTINGS), random.Random(5)
    until, compared = time.monotonic() + 15, 0
    while time.monotonic() < until:
        now = time.time()
        request = Request("prometheus", rng.choice(EXPRESSIONS), align(now - rng.choice((10, 30, 60)), now, 1, 1))
        cached = engine.run(request, 5)
        direct = source.range(request, Deadline.after(5)).frame
        settled = cached.frame.times <= now - TOLERANCE - 1
        ours, theirs = _rows(cached.frame, settled), _rows(direct, settled)
        for key in ours.keys() | theirs.keys():
            absent = np.full(int(settled.sum()), np.nan)
            np.testing.assert_array_equal(ours.get(key, absent), theirs.get(key, absent), str((request, key)))
            compared += 1
        time.sleep(rng.uniform(0, 0.3))
    assert compared > 50
    engine.close()


def _rows(frame: Frame, settled: npt.NDArray[np.bool_]) -> dict[Key, Floats]:
    return {label_key(label): row[settled] for label, row in zip(frame.labels, frame.values, strict=True)}


def test_new_samples_come_in(source: PrometheusSource) -> None:
    engine = Engine({"prometheus": source}, settings=SETTINGS)

    def newest() -> float:
        now = time.time()
        answer = engine.run(Request("prometheus", "timestamp(work_total)", align(now - 20, now, 1, 1)), 5)
        return float(np.nanmax(answer.frame.values))

    first = newest()
    kit.wait_until(lambda: newest() > first, 10)


def test_the_scrape_interval_is_that_of_the_job_that_exports_the_metrics(tmp_path: Path) -> None:
    """A gateway is scraped each 60 s, Prometheus itself each second."""
    now = int(time.time())
    lines = ["# TYPE codeagent_requests counter"]
    lines += [
        f'codeagent_requests_total{{job="gw"}} {instant - now + 900} {instant}' for instant in range(now - 900, now, 60)
    ]
    kit.backfill(tmp_path, "\n".join([*lines, "# EOF", ""]))
    jobs = [("gw", "60s", kit.free_port()), ("prometheus", "1s", kit.free_port())]
    config = "scrape_configs:\n" + "".join(
        f"- job_name: {job}\n  scrape_interval: {every}\n  scrape_timeout: 1s\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
        for job, every, port in jobs
    )
    with kit.running(kit.prometheus(tmp_path, config)) as server:
        source = PrometheusSource(PrometheusSettings(server.url))
        kit.wait_until(lambda: len(source.targets(Deadline.after(2))) == 2)
        assert source.scrape_interval() == 60
        assert PrometheusSource(PrometheusSettings(server.url, job="prometheus")).scrape_interval() == 1
        assert PrometheusSource(PrometheusSettings(server.url, scrape_interval=7)).scrape_interval() == 7


def test_the_scrape_interval_is_the_real_one(source: PrometheusSource) -> None:
    assert source.scrape_interval() == 1


def test_targets_say_who_is_down_and_why(source: PrometheusSource) -> None:
    kit.wait_until(lambda: all(target.up or target.error for target in source.targets(Deadline.after(5))))
    targets = {target.job: target for target in source.targets(Deadline.after(5))}
    assert targets["work"].up
    assert not targets["gone"].up
    assert "connection refused" in targets["gone"].error


def test_a_metric_of_a_target_that_is_down_says_so(source: PrometheusSource, tmp_path: Path) -> None:
    job = "{job_name: gateway, static_configs: [{targets: ['127.0.0.1:1']}]}"
    config = f"global: {{scrape_interval: 1s}}\nscrape_configs: [{job}]\n"
    with kit.running(kit.prometheus(tmp_path, config)) as server:
        lonely = PrometheusSource(PrometheusSettings(server.url, "prometheus"))
        kit.wait_until(lambda: any(target.error for target in lonely.targets(Deadline.after(5))))
        now = time.time()
        request = Request("prometheus", "sum(rate(codeagent_requests_total[1m]))", align(now - 60, now, 1, 1))
        result = Diagnostician().diagnose(lonely, request)
    assert result.why is Why.TARGET_DOWN
    assert "gateway at 127.0.0.1:1" in result.sentence


def test_an_answer_for_now_is_shared_until_the_next_step(source: PrometheusSource) -> None:
    engine = Engine({"prometheus": source}, settings=SETTINGS)
    now = time.time()
    request = Request("prometheus", "alive or work_total", align(now - 600, now, 30, 1))
    assert engine.run(request, 5).origin is Origin.FRESH
    assert engine.run(request, 5).origin is Origin.CACHE
