"""What is looked at is refreshed once a step, by one of many; what nobody looks at is left alone."""

from __future__ import annotations

import pytest

from queries.core.time_range import DAY, align
from queries.metrics.cache.backends import Store, open_store
from queries.metrics.cache.lease import NoLeases, Release
from queries.metrics.hot_queries import HotQueries
from queries.metrics.refresher import Refresher
from queries.metrics.request import Request


class Clock:
    """A wall clock that tests move."""

    now = 1_700_000_010.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def look(clock: Clock, seconds: int = 3_600, ago: int = 0, expr: str = "up", step: int = 15) -> Request:
    return Request("p", expr, align(clock.now - ago - seconds, clock.now - ago, step, 15))


def refresher(
    hot_queries: HotQueries, clock: Clock, requested: list[Request], store: Store | None = None, scope: str = "a"
) -> Refresher:
    return Refresher(hot_queries, requested.append, store or open_store("none:"), NoLeases(), clock, 60, scope)


def test_a_hot_window_is_asked_once_a_step_at_its_new_place(clock: Clock) -> None:
    hot_queries, requested = HotQueries(90, clock), []
    mine = refresher(hot_queries, clock, requested)
    hot_queries.touch(look(clock))
    mine.tick()
    clock.now += 5
    mine.tick()
    assert requested == [look(clock)]
    clock.now += 10
    mine.tick()
    assert requested[1:] == [look(clock)]


def test_the_widest_window_stands_for_all_of_its_expression(clock: Clock) -> None:
    hot_queries, requested = HotQueries(90, clock), []
    for seconds in (900, 7_200, 3_600):
        hot_queries.touch(look(clock, seconds))
    refresher(hot_queries, clock, requested).tick()
    assert requested == [look(clock, 7_200)]


def test_when_nobody_looks_nothing_is_asked(clock: Clock) -> None:
    hot_queries, requested = HotQueries(90, clock), []
    hot_queries.touch(look(clock))
    clock.now += 91
    assert refresher(hot_queries, clock, requested).tick() == 0
    assert hot_queries.hot() == []


def test_a_comparison_that_follows_the_present_is_kept_warm_and_a_fixed_past_is_not(clock: Clock) -> None:
    hot_queries, requested = HotQueries(90, clock), []
    fixed = look(clock, ago=DAY)
    for _ in range(3):
        hot_queries.touch(fixed)
        hot_queries.touch(look(clock, ago=DAY, expr="moving"))
        clock.now += 15
    refresher(hot_queries, clock, requested).tick()
    assert requested == [look(clock, ago=DAY, expr="moving")]


def test_an_answer_that_cannot_be_extended_is_not_refreshed(clock: Clock) -> None:
    hot_queries = HotQueries(90, clock)
    hot_queries.touch(look(clock, expr="up @ end()"))
    assert hot_queries.hot() == []


def test_workers_tell_each_other_what_their_viewers_look_at(clock: Clock) -> None:
    store, requested = open_store("memory:"), []
    hot_queries = HotQueries(90, clock)
    hot_queries.touch(look(clock))
    refresher(hot_queries, clock, [], store).tick()
    refresher(HotQueries(90, clock), clock, requested, store).tick()
    assert requested == [look(clock)]


def test_foreign_bytes_in_the_shared_tier_are_ignored(clock: Clock) -> None:
    store = open_store("memory:")
    store.set_many({f"hot1:{slot}": b"\x93\x01\x02" for slot in range(64)}, 60)
    assert refresher(HotQueries(90, clock), clock, [], store).tick() == 0


def test_workers_of_other_backends_neither_hear_of_each_others_looks_nor_hold_each_other_up(clock: Clock) -> None:
    store, leases = open_store("memory:"), OneLease()
    hot_queries, requested = HotQueries(90, clock), []
    hot_queries.touch(look(clock))
    mine = Refresher(hot_queries, requested.append, store, leases, clock, 60, "tenant 1")
    other = Refresher(HotQueries(90, clock), requested.append, store, leases, clock, 60, "tenant 2")
    same = Refresher(HotQueries(90, clock), requested.append, store, leases, clock, 60, "tenant 1")
    assert [mine.tick(), other.tick(), same.tick()] == [1, 0, 0]
    assert leases.names == {"refresher2:tenant 1"}
    clock.now += 15
    foreign = HotQueries(90, clock)
    foreign.touch(look(clock, expr="secret"))
    assert Refresher(foreign, requested.append, store, leases, clock, 60, "tenant 2").tick() == 1
    assert mine.tick() == 1
    assert [request.expr for request in requested] == ["up", "secret", "up"]


class OneLease:
    """Grants each name once."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def acquire(self, name: str) -> Release | None:
        if name in self.names:
            return None
        self.names.add(name)
        return lambda: self.names.discard(name)
