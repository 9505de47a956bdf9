"""Cached answers equal direct ones, point for point: random ranges, steps, orders and clock jumps."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.deadline import Deadline
from queries.engine import Engine, EngineSettings
from queries.frame import Frame
from queries.request import Request
from queries.sources.prometheus import PrometheusSettings, PrometheusSource
from queries.store import open_store
from queries.window import DAY, align
from tests.integration import queries_kit as kit
from tests.integration import queries_world as world

pytestmark = pytest.mark.integration
END = int(time.time()) // 3_600 * 3_600


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    folder = tmp_path_factory.mktemp("prometheus")
    kit.backfill(folder, world.openmetrics(END))
    with kit.running(kit.prometheus(folder)) as server:
        found = PrometheusSource(PrometheusSettings(server.url, "prometheus"))
        yield found
        found.close()


@st.composite
def looks(draw: st.DrawFn) -> tuple[float, Request]:
    """A moment of a clock that jumps, and what somebody asks at that moment."""
    now = END - draw(st.integers(-1_200, world.HOURS * 3_600))
    step = draw(st.sampled_from((15, 15, 60, 60, 300, 1_800, DAY)))
    end = now - draw(st.sampled_from((0, 0, 0, 40, 1_000, 5_000)))
    seconds = draw(st.sampled_from((0, step, 300, 900, 3_600, 7_200, 20_000)))
    offset = draw(st.sampled_from((0, 3_600, -7_200))) if step == DAY else 0
    expr = draw(st.sampled_from(world.EXPRESSIONS))
    return float(now), Request("prometheus", expr, align(end - seconds, end, step, 15, offset))


def assert_same(cached: Frame, direct: Frame) -> None:
    assert cached.labels == direct.labels
    assert cached.times.tolist() == direct.times.tolist()
    np.testing.assert_array_equal(cached.values.view(np.uint64), direct.values.view(np.uint64))


def compare(source: PrometheusSource, sequence: list[tuple[float, Request]], **options: object) -> int:
    """Run the sequence through one engine; how many samples it had not to ask for."""
    clock, reused = [0.0], 0
    engine = Engine({"prometheus": source}, clock=lambda: clock[0], **options)  # type: ignore[arg-type]
    try:
        for now, request in sequence:
            clock[0] = now
            answer = engine.run(request, 20)
            assert_same(answer.frame, source.range(request, Deadline.after(20)).frame)
            reused += answer.samples_reused
    finally:
        engine.close()
    return reused


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(looks(), min_size=1, max_size=10))
def test_cached_answers_equal_direct_ones(source: PrometheusSource, sequence: list[tuple[float, Request]]) -> None:
    compare(source, sequence, settings=EngineSettings(split_points=100))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(looks(), min_size=1, max_size=10))
def test_answers_equal_direct_ones_when_most_things_are_evicted(
    source: PrometheusSource, sequence: list[tuple[float, Request]]
) -> None:
    compare(source, sequence, settings=EngineSettings(cache_bytes=20_000), store=open_store("memory:"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expr=st.sampled_from(world.EXPRESSIONS), moves=st.lists(st.integers(-900, 900), min_size=3, max_size=15))
def test_a_sliding_window_equals_direct_answers(source: PrometheusSource, expr: str, moves: list[int]) -> None:
    now, sequence = float(END - 5_400), []
    for move in moves:
        now += move
        sequence.append((now, Request("prometheus", expr, align(now - 3_600, now, 15, 15))))
    compare(source, sequence)


def test_the_comparison_is_one_of_answers_that_were_reused(source: PrometheusSource) -> None:
    requests = [Request("prometheus", "load", align(END - 7_200, END - ago, 15, 15)) for ago in (900, 600, 0)]
    assert compare(source, [(float(END), request) for request in requests]) > 1_000


@pytest.mark.parametrize("expr", world.EXPRESSIONS)
def test_another_worker_reads_the_same_from_the_shared_tier(source: PrometheusSource, expr: str) -> None:
    store, now = open_store("memory:"), float(END - 600)
    request = Request("prometheus", expr, align(now - 7_200, now, 15, 15))
    first = Engine({"prometheus": source}, store, clock=lambda: now)
    second = Engine({"prometheus": source}, store, clock=lambda: now)
    assert_same(second.run(request, 20).frame, first.run(request, 20).frame)
