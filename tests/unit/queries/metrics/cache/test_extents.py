"""Merged pieces equal what one fetch would have given, whatever order they came in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.metrics.cache.extents import Freshness, Piece, absorb, assemble, label_key, nbytes, pieces_of
from queries.metrics.cache.intervals import Grid, PointRange
from queries.metrics.frame import ABSENT, Frame, present

GRID = Grid(15, 0)
NAMES = tuple({"series": name} for name in "abcd")
WORLD = 80
ALL = PointRange(0, WORLD - 1)


@st.composite
def worlds(draw: st.DrawFn) -> Frame:
    """A backend's whole truth: series that appear, vanish, have holes, and hold NaN."""
    cell = st.one_of(st.just(ABSENT), st.just(float("nan")), st.integers(0, 9).map(float))
    rows = [draw(st.lists(cell, min_size=WORLD, max_size=WORLD)) for _ in NAMES]
    return Frame(np.arange(WORLD, dtype=np.int64) * GRID.step, NAMES, np.array(rows))


def cut(world: Frame, span: PointRange) -> Frame:
    """What the backend would answer for a span: only series with a sample in it."""
    values = world.values[:, span.first : span.last + 1]
    keep = present(values).any(axis=1)
    labels = tuple(name for name, remaining in zip(world.labels, keep, strict=True) if remaining)
    return Frame(world.times[span.first : span.last + 1], labels, values[keep])


def same(item: Frame, other: Frame) -> bool:
    return (
        item.labels == other.labels
        and np.array_equal(item.times, other.times)
        and np.array_equal(item.values.view(np.uint64), other.values.view(np.uint64))
    )


spans = st.tuples(st.integers(0, WORLD - 1), st.integers(0, WORLD - 1)).map(
    lambda ends: PointRange(min(ends), max(ends))
)


@pytest.mark.slow
@given(worlds(), st.lists(st.tuples(spans, st.integers(-1, WORLD)), min_size=1, max_size=8), spans)
def test_pieces_fetched_in_any_order_answer_like_one_fetch(
    world: Frame, fetches: list[tuple[PointRange, int]], expected: PointRange
) -> None:
    held: tuple[Piece, ...] = ()
    for number, (span, settled_until) in enumerate(fetches):
        held = absorb(held, pieces_of(cut(world, span), GRID, float(number), float(number), settled_until))
    covered = {point for piece in held for point in range(piece.span.first, piece.span.last + 1)}
    answer = assemble(held, expected, GRID)
    if covered >= set(range(expected.first, expected.last + 1)):
        assert same(answer, cut(world, expected))
    for piece in held:
        assert same(assemble([piece], piece.span, GRID), cut(world, piece.span))


@pytest.mark.slow
@given(worlds(), st.lists(spans, min_size=1, max_size=8))
def test_held_pieces_never_overlap(world: Frame, fetched: list[PointRange]) -> None:
    held: tuple[Piece, ...] = ()
    for number, span in enumerate(fetched):
        held = absorb(held, pieces_of(cut(world, span), GRID, float(number), float(number), WORLD // 2))
    points = [point for piece in held for point in range(piece.span.first, piece.span.last + 1)]
    assert len(points) == len(set(points))


def frame(first: int, values: list[list[float]], names: tuple[dict[str, str], ...] = NAMES[:1]) -> Frame:
    points = len(values[0])
    times = GRID.instant(first) + GRID.step * np.arange(points, dtype=np.int64)
    return Frame(times, names, np.array(values))


def test_a_newer_fetch_wins_over_an_older_one() -> None:
    held = absorb((), pieces_of(frame(0, [[1, 2, 3]]), GRID, 1.0, 1.0, 9))
    held = absorb(held, pieces_of(frame(2, [[30, 40]]), GRID, 2.0, 2.0, 9))
    assert assemble(held, PointRange(0, 3), GRID).values.tolist() == [[1, 2, 30, 40]]


def test_settled_neighbours_become_one_piece_as_old_as_the_oldest() -> None:
    held = absorb((), pieces_of(frame(0, [[1, 2]]), GRID, 1.0, 1.0, 9))
    held = absorb(held, pieces_of(frame(2, [[3]]), GRID, 5.0, 5.0, 9))
    assert [(piece.span, piece.fetched, piece.settled) for piece in held] == [(PointRange(0, 2), 1.0, True)]


def test_a_piece_that_is_no_longer_good_does_not_age_its_neighbours() -> None:
    rules = Freshness(now=7_000.0, fresh_for=15, life=3_600)
    held = absorb((), pieces_of(frame(0, [[1, 2, 3]]), GRID, 1_000.0, 1_000.0, 9))
    held = absorb(held, pieces_of(frame(1, [[2, 3, 4]]), GRID, 7_000.0, 7_000.0, 9), rules.good)
    assert [(piece.span, rules.good(piece)) for piece in held] == [(PointRange(0, 0), False), (PointRange(1, 3), True)]


def test_the_newest_points_of_a_fetch_stay_unsettled() -> None:
    settled, unsettled = pieces_of(frame(0, [[1, 2, 3, 4]]), GRID, 1.0, 1.0, 1)
    assert (settled.span, settled.settled) == (PointRange(0, 1), True)
    assert (unsettled.span, unsettled.settled) == (PointRange(2, 3), False)


def test_settled_pieces_outlive_unsettled_ones_and_a_restart_ends_both() -> None:
    settled, unsettled = pieces_of(frame(0, [[1, 2]]), GRID, 1_000.0, 1_000.0, 0)
    rules = Freshness(now=1_020.0, fresh_for=15, life=3_600)
    assert rules.good(settled)
    assert not rules.good(unsettled)
    assert not Freshness(now=1_020.0, fresh_for=15, life=3_600, floor=1_010.0).good(settled)


def test_a_piece_from_the_future_proves_nothing_after_the_clock_went_back() -> None:
    (settled,) = pieces_of(frame(0, [[1, 2]]), GRID, 1_000.0, 1_000.0, 9)
    assert not Freshness(now=500.0, fresh_for=15, life=3_600).good(settled)


def test_a_small_part_does_not_keep_the_large_array_alive() -> None:
    (whole,) = pieces_of(frame(0, [[float(value) for value in range(1_000)]]), GRID, 1.0, 1.0, 2_000)
    part = whole.crop(PointRange(990, 999))
    assert part is not None
    assert part.values.base is None
    assert nbytes([part]) < nbytes([whole]) / 4


def test_series_are_told_apart_by_their_whole_label_set() -> None:
    assert label_key({"b": "1", "a": "2"}) == label_key({"a": "2", "b": "1"}) != label_key({"a": "2"})
