"""Cached answers equal direct ones, point for point: random ranges, steps, orders and clock jumps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.core.time_range import align
from queries.metrics.cache.backends import open_store
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request
from tests.integration import queries_kit as kit
from tests.integration import queries_world as world
from tests.integration.queries_compare import END, assert_same, compare, looks, slides
from tests.integration.queries_expressions import expressions

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    folder = tmp_path_factory.mktemp("prometheus")
    kit.backfill(folder, world.openmetrics(END))
    with kit.running(kit.prometheus(folder)) as server:
        result = PrometheusSource(PrometheusSettings(server.url, "prometheus"))
        yield result
        result.close()


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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=slides(expressions()))
def test_any_expression_in_any_spelling_equals_its_direct_answer(
    source: PrometheusSource, sequence: list[tuple[float, Request]]
) -> None:
    compare(source, sequence, exact=False)


@pytest.mark.parametrize(
    "expr",
    [
        "load Offset -10m",
        "load offset # later\n -5m",
        "load # don't\n @ end()",
        "load offset - 7m",
        "load OFFSET\n-7m",
        'load # "\n offset -7m # "',
        "sum(requests_total @ END ( ))",
        "load # c\r offset -7m",
        "quantile(scalar(load{host='one'} / 100), load)",
        "max_over_time(load[5m:1m] Offset -7m)",
    ],
)
def test_spellings_that_hide_a_modifier_equal_direct_answers(source: PrometheusSource, expr: str) -> None:
    moves = [(float(END - 5_400 + late), late) for late in (0, 300, 900, 2_400)]
    compare(source, [(now, Request("prometheus", expr, align(now - 3_600, now, 15, 15))) for now, _ in moves])


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
