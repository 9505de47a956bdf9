"""The process tier stays within its bytes, whatever is put into it."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.metrics.cache.extents import Piece
from queries.metrics.cache.intervals import PointRange
from queries.metrics.cache.memory import Memory

LABELS = ({"series": "a"}, {"series": "b"})


def piece(first: int, points: int, settled: bool = True) -> Piece:
    values = np.ones((2, points))
    return Piece(PointRange(first, first + points - 1), LABELS, values, 0.0, 0.0, settled)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 2_000), st.integers(1, 500)), max_size=40))
def test_the_budget_is_never_exceeded(steps: list[tuple[str, int, int]]) -> None:
    memory = Memory(20_000, 1_000)
    for key, first, points in steps:
        memory.add(key, [piece(first, points)], PointRange(first, first + points - 1))
        assert memory.bytes <= 20_000


def test_the_least_recently_used_entry_leaves_first() -> None:
    memory = Memory(8_000, 1_000)
    for key in "abc":
        memory.add(key, [piece(0, 100)], PointRange(0, 99))
        memory.get("a")
    assert memory.get("a")
    assert not memory.get("b")
    assert memory.evicted > 0


def test_an_entry_that_is_larger_than_the_budget_is_not_kept_and_drives_no_other_one_out() -> None:
    memory = Memory(8_000, 1_000)
    memory.add("small", [piece(0, 100)], PointRange(0, 99))
    assert memory.add("large", [piece(0, 900)], PointRange(0, 899))
    assert memory.get("small")
    assert not memory.get("large")
    assert memory.evicted == 1


def test_an_entry_keeps_what_lies_near_the_last_window() -> None:
    memory = Memory(10**9, 100)
    for first in range(0, 10_000, 50):
        pieces = memory.add("a", [piece(first, 50)], PointRange(first, first + 49))
    assert sum(piece.span.points for piece in pieces) <= 200
    assert pieces[-1].span.last == 9_999


def test_dropping_an_entry_gives_its_bytes_back() -> None:
    memory = Memory(10**6, 100)
    memory.add("a", [piece(0, 10)], PointRange(0, 9))
    memory.drop("a")
    assert (memory.bytes, len(memory)) == (0, 0)


@pytest.mark.slow
def test_an_hour_of_traffic_over_many_ranges_holds_no_more_memory_than_the_budget_says() -> None:
    """Simulated: 40 panels that slide by a point, each with a long fetch first; real bytes against the budget."""
    budget = 4 * 2**20
    memory = Memory(budget, 2_000)
    tracemalloc.start()
    try:
        for tick in range(240):
            for panel in range(40):
                first = 0 if tick == 0 else 1_440 + tick
                points = 1_440 if tick == 0 else 5
                memory.add(f"{panel}-{tick // 60}", [piece(first, points)], PointRange(first, first + points - 1))
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert memory.bytes <= budget
    assert held <= 1.5 * budget
