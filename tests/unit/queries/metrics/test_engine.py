"""The engine on a source that is a formula: what is asked, what is kept, what is counted."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import LimitExceeded, QueryRejected, SourceUnavailable
from queries.core.time_range import DAY, Window, align
from queries.metrics.cache.backends import open_store
from queries.metrics.engine import PREPARE, Engine, EngineSettings
from queries.metrics.pipeline.base import Call
from queries.metrics.request import Answer, Origin, Pending, Request
from tests.formula import Formula
from tests.servers import wait_until

NOW = 1_700_000_000


@pytest.fixture
def source() -> Formula:
    return Formula([float(NOW)])


def engine_on(source: Formula, **settings: float) -> Engine:
    chosen = EngineSettings(**{"retries": 0, **settings})  # type: ignore[arg-type]
    return Engine({source.name: source}, settings=chosen, clock=lambda: source.now[0])


@pytest.fixture
def engine(source: Formula) -> Iterator[Engine]:
    created = engine_on(source)
    yield created
    source.hold.set()
    created.close()


def request(source: Formula, expr: str = "2", seconds: int = 3_600, step: int = 15) -> Request:
    return Request(source.name, expr, align(source.now[0] - seconds, source.now[0], step, 15))


def test_the_pipeline_is_the_one_that_the_design_draws(source: Formula, engine: Engine) -> None:
    steps = ["join", "cache", "delta", "retry", "guard", "upstream"]
    engine.run(request(source), 5)
    seconds = {
        step: engine.stats.registry.get_sample_value("dashboards_step_seconds_sum", {"step": step}) for step in steps
    }

    assert [name for name, _ in PREPARE] == ["limit", "align"]
    # Each step takes at least as long as the one within it.
    assert sorted(steps, key=lambda step: seconds[step] or 0.0, reverse=True) == steps


def test_a_refresh_asks_for_what_is_new_and_what_may_still_change(source: Formula, engine: Engine) -> None:
    engine.run(request(source), 5)
    source.now[0] += 30
    answer = engine.run(request(source), 5)
    assert answer.origin is Origin.FRESH
    # two new points, the minute before them, and one settled point as a witness
    assert source.windows[-1].points <= 2 + 60 // 15 + 2
    assert answer.samples_fetched + answer.samples_reused == answer.frame.samples
    assert answer.frame.values[0].tolist() == answer.frame.times.tolist()


def test_the_same_again_is_asked_nobody(source: Formula, engine: Engine) -> None:
    engine.run(request(source), 5)
    again = engine.run(request(source), 5)
    assert (again.origin, again.samples_fetched, len(source.windows)) == (Origin.CACHE, 0, 1)


def test_a_wider_window_asks_only_for_its_other_part(source: Formula, engine: Engine) -> None:
    engine.run(request(source, seconds=3_600), 5)
    engine.run(request(source, seconds=7_200), 5)
    assert source.windows[1].end < source.windows[0].start
    assert source.windows[1].points == 240


def test_a_long_range_is_asked_in_parts_that_begin_where_everybody_cuts(source: Formula) -> None:
    engine = engine_on(source, split_points=1_000)
    answer = engine.run(request(source, seconds=DAY), 5)
    assert len(source.windows) >= 6
    assert all(window.points <= 1_000 for window in source.windows)
    assert sum(window.points for window in source.windows) == answer.request.window.points
    assert {window.start // 15 % 1_000 for window in sorted(source.windows, key=lambda window: window.start)[1:]} == {0}


def test_late_answers_are_pending_and_all_of_a_page_keep_one_deadline(source: Formula, engine: Engine) -> None:
    source.hold.clear()
    begun = time.monotonic()
    outcomes = engine.run_many([request(source, str(number)) for number in range(1, 6)], 0.2)
    assert all(isinstance(outcome, Pending) for outcome in outcomes)
    assert time.monotonic() - begun < 1.0
    source.hold.set()
    assert all(
        isinstance(outcome, Answer) for outcome in engine.run_many([request(source, "1"), request(source, "2")], 5)
    )


def test_one_wrong_query_does_not_spoil_the_others(source: Formula, engine: Engine) -> None:
    good, wrong, away = engine.run_many([request(source, expr) for expr in ("2", "wrong", "away")], 5)
    assert isinstance(good, Answer)
    assert isinstance(wrong, QueryRejected)
    assert isinstance(away, SourceUnavailable)


def test_windows_off_the_grid_are_moved_onto_it(source: Formula, engine: Engine) -> None:
    answer = engine.run(Request(source.name, "1", Window(NOW - 907, NOW - 3, 60)), 5)
    assert answer.frame.times[0] % 60 == 0
    assert answer.frame.times[-1] % 60 == 0


def test_days_begin_at_the_zones_midnight_on_both_sides_of_a_change_of_the_clocks(source: Formula) -> None:
    engine = engine_on(source, max_range=400 * DAY)
    for offset in (3_600, 7_200):
        window = align(NOW - 30 * DAY, NOW, DAY, 15, offset)
        answer = engine.run(Request(source.name, "1", window), 5)
        assert answer.frame.values[0].tolist() == window.times().tolist()


def test_limits_are_errors_with_their_numbers(source: Formula, engine: Engine) -> None:
    with pytest.raises(LimitExceeded, match="limit is 11,000"):
        engine.run(request(source, seconds=DAY, step=1), 5)
    with pytest.raises(LimitExceeded, match="limit is 92 days"):
        engine.run(request(source, seconds=93 * DAY, step=DAY), 5)
    assert source.windows == []


def test_what_happened_is_counted(source: Formula, engine: Engine) -> None:
    engine.run(request(source), 5)
    engine.run(request(source), 5)
    value = engine.stats.registry.get_sample_value
    assert value("dashboards_answers_total", {"origin": "fresh"}) == 1
    assert value("dashboards_answers_total", {"origin": "cache"}) == 1
    assert value("dashboards_upstream_requests_total", {"source": "formula", "outcome": "answered"}) == 1
    assert value("dashboards_samples_total", {"from": "upstream"}) == 2 * 241
    assert value("dashboards_samples_total", {"from": "memory"}) == 2 * 241
    assert value("dashboards_cache_entries") == 1
    assert value("dashboards_step_seconds_count", {"step": "upstream"}) == 1


def test_two_engines_in_one_process_share_nothing(source: Formula) -> None:
    item, other = engine_on(source), engine_on(source)
    item.run(request(source), 5)
    assert other.run(request(source), 5).origin is Origin.FRESH


def test_an_instant_is_answered_with_the_last_known_one_while_the_backend_is_away(
    source: Formula, engine: Engine
) -> None:
    requested = Request(source.name, "1", align(NOW, NOW, 15, 15))
    engine.run(requested, 5)
    source.hold.clear()
    source.now[0] += 30
    answer = engine.run(Request(source.name, "1", align(NOW + 30, NOW + 30, 15, 15)), 1)
    assert (answer.origin, answer.age) == (Origin.STALE, 30)
    assert answer.frame.values[0, 0] == requested.window.end


def test_nobody_can_write_into_the_cache_through_an_answer(source: Formula, engine: Engine) -> None:
    answer = engine.run(request(source), 5)
    with pytest.raises(ValueError, match="read-only"):
        answer.frame.values[0, 0] = 0.0


def test_a_small_part_of_a_window_is_not_shown_while_the_rest_is_under_way(source: Formula, engine: Engine) -> None:
    engine.run(request(source, seconds=900), 5)
    source.hold.clear()
    threading.Timer(0.6, source.hold.set).start()
    answer = engine.run(request(source, seconds=7_200), 5)
    assert (answer.origin, answer.frame.samples) == (Origin.FRESH, 2 * 481)


def test_too_many_series_are_refused_with_the_limit_and_not_asked_for_again(source: Formula) -> None:
    engine = engine_on(source, max_series=10)
    for _ in range(2):
        with pytest.raises(LimitExceeded, match="11 series; the limit is 10"):
            engine.run(request(source, "11"), 5)
    assert len(source.windows) == 1


def test_an_hour_of_traffic_over_many_ranges_stays_within_the_byte_budget(source: Formula) -> None:
    budget = 3 * 2**20
    engine = engine_on(source, cache_bytes=budget)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for tick in range(60):
            source.now[0] += 60
            requests = [
                request(source, f"{series} + 0 * {tick // 10}", seconds, step)
                for series, seconds, step in ((1, 900, 15), (5, 3_600, 15), (20, 21_600, 60), (10, DAY, 300))
            ]
            assert all(isinstance(outcome, Answer) for outcome in engine.run_many(requests, 10))
            assert engine.memory.bytes <= budget
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        engine.close()
    assert after - before <= 1.5 * budget


def test_an_answer_says_how_many_points_of_its_window_have_not_been_loaded(source: Formula, engine: Engine) -> None:
    engine.run(request(source, seconds=3_600), 5)
    source.hold.clear()
    answer = engine.run(request(source, seconds=7_200), 2)
    assert (answer.origin, answer.missing, answer.is_final) == (Origin.STALE, 240, False)
    source.hold.set()
    wait_until(lambda: not engine.flights.busy)
    whole = engine.run(request(source, seconds=7_200), 5)
    assert (whole.origin, whole.missing, whole.is_final) == (Origin.CACHE, 0, True)


def test_a_carried_instant_is_a_missing_point(source: Formula, engine: Engine) -> None:
    engine.run(request(source, seconds=0), 5)
    source.hold.clear()
    source.now[0] += 15
    assert engine.run(request(source, seconds=0), 1).missing == 1


@pytest.mark.parametrize("cache_bytes", [0, 1_000, 6_000, 60_000])
@pytest.mark.parametrize("tier", ["none:", "memory:"])
@pytest.mark.parametrize("split_points", [20, 2_880])
def test_no_answer_misses_a_point_however_little_memory_keeps(
    source: Formula, cache_bytes: int, tier: str, split_points: int
) -> None:
    settings = EngineSettings(cache_bytes=cache_bytes, split_points=split_points)
    engine = Engine({source.name: source}, open_store(tier), settings, lambda: source.now[0])
    for seconds in (900, 3_600, 600, 7_200, 1_800, 7_200):
        source.now[0] += 30
        answer = engine.run(request(source, seconds=seconds), 5)
        assert answer.missing == 0
        assert answer.frame.values[1].tolist() == answer.request.window.times().tolist()
    engine.close()


def test_an_answer_whose_newest_points_do_not_settle_is_whole_however_many_parts_it_was_asked_in(
    source: Formula,
) -> None:
    engine = engine_on(source, split_points=10, tolerance=7_200)
    answer = engine.run(request(source), 5)
    assert answer.frame.values[0].tolist() == answer.request.window.times().tolist()
    engine.close()


def test_an_entry_that_is_evicted_while_its_rest_is_fetched_leaves_no_gap(source: Formula, engine: Engine) -> None:
    engine.run(request(source, seconds=3_600), 5)
    source.hold.clear()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(engine.run, request(source, seconds=14_400), 5)
        wait_until(lambda: len(source.windows) == 2)
        engine.memory.drop(Call(request(source), Deadline.after(1), source.identity).key)
        source.hold.set()
        answer = under_way.result()
    assert (answer.origin, answer.missing) == (Origin.FRESH, 0)
    assert answer.frame.values[0].tolist() == answer.request.window.times().tolist()


def test_a_tier_that_holds_less_after_an_eviction_is_not_overwritten_with_less(source: Formula) -> None:
    store = open_store("memory:")
    small = EngineSettings(cache_bytes=0)
    for seconds in (3_600, 7_200):
        Engine({source.name: source}, store, small, lambda: source.now[0]).run(request(source, seconds=seconds), 5)
    other = Engine({source.name: source}, store, small, lambda: source.now[0])
    requested = len(source.windows)
    assert other.run(request(source, seconds=7_200), 5).frame.samples == 2 * 481
    assert len(source.windows) == requested
