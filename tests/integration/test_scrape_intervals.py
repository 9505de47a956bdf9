"""A rate looks back over scrapes of the metric's own jobs, however differently others are scraped."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from app.factory import create_app
from app.panel_view import PanelState, PanelView
from app.settings import Settings
from app.state import State
from pages import BOARDS
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Answer
from tests.integration import queries_kit as kit
from tests.integration import scrape_world as world

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("intervals")
    kit.backfill(folder, "\n".join([*world.history(int(time.time())), ""]))
    with kit.running(kit.prometheus(folder, world.configuration(kit.free_port()))) as started:
        probe = PrometheusSource(PrometheusSettings(started.url))
        kit.wait_until(lambda: len(probe.targets(Deadline.after(30))) == 4)
        yield started.url


@pytest.mark.parametrize(
    ("metrics", "seconds"),
    [
        (["codeagent_requests_total"], 60),
        (["redis_commands_processed_total"], 15),
        (["codeagent_llm_requests_total"], 60),  # of two jobs: the larger interval
        (["redis_commands_processed_total", "codeagent_requests_total"], 60),
        (["redis_evicted_keys_total"], 60),  # of no job that is scraped here: its samples are counted
        (["redis_evicted_keys_total", "redis_commands_processed_total"], 60),
        (["redis_commands_processed_total", "never_exported"], 15),
        ([], 60),  # the gateway's
        (["never_exported"], 60),
        (['x"} or vector(1) #'], 60),
    ],
)
def test_the_interval_is_the_largest_of_the_jobs_that_export_the_metrics(
    server: str, metrics: list[str], seconds: int
) -> None:
    assert PrometheusSource(PrometheusSettings(server)).scrape_interval(metrics) == seconds


def test_the_interval_of_the_settings_holds_for_every_metric(server: str) -> None:
    source = PrometheusSource(PrometheusSettings(server, scrape_interval=7))
    assert source.scrape_interval(["codeagent_requests_total"]) == source.scrape_interval() == 7


def test_a_board_learns_the_intervals_of_all_its_metrics_with_a_few_questions(server: str) -> None:
    source = PrometheusSource(PrometheusSettings(server))
    paths: list[str] = []
    ask = source._api.ask
    source._api.ask = lambda path, *rest: (paths.append(path), ask(path, *rest))[1]  # type: ignore[method-assign,assignment]
    for _ in range(3):
        source.scrape_interval(["codeagent_requests_total", "redis_evicted_keys_total", "never_exported"])
        source.scrape_interval(["redis_evicted_keys_total"])
    assert len(paths) <= 5


def refreshed(server: str, board: str, panel: str, now: float) -> PanelView:
    app = create_app(Settings(prometheus_url=server, deadline_seconds=60), clock=lambda: now)
    try:
        return app.boards.refresh(State(TimeRange("now-1h")), [BOARDS[board].panel(panel)]).panels[0]
    finally:
        app.engine.close()


@pytest.mark.parametrize("late", [0, 6, 7, 8, 30, 59])
@pytest.mark.parametrize("panel", ["request-rate", "requests-by-class"])
def test_a_gateway_that_is_scraped_each_minute_has_its_rates_at_every_second_of_it(
    server: str, late: int, panel: str
) -> None:
    view = refreshed(server, "overview", panel, int(time.time()) // 60 * 60 + 300.0 + late)

    assert view.state is PanelState.FRESH
    np.testing.assert_allclose(view.frames[0].values, 3.0, rtol=1e-3)


@pytest.mark.parametrize(("panel", "seconds"), [("redis-operations", 15), ("redis-evictions", 60)])
def test_the_step_of_a_panel_suits_its_metrics(server: str, panel: str, seconds: int) -> None:
    view = refreshed(server, "infrastructure", panel, int(time.time()) // 60 * 60 + 300.0)

    assert view.state is PanelState.FRESH
    first, *others = [outcome.request.window for outcome in view.outcomes if isinstance(outcome, Answer)]
    assert {window.step for window in (first, *others)} == {seconds}
    assert first.rate_interval == 4 * seconds
