"""Extent arithmetic against the plainest model there is: sets of whole numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from queries.metrics.cache.intervals import Grid, PointRange, bridge, intersect, missing, split, subtract, union

ENDS = st.tuples(st.integers(-60, 60), st.integers(0, 40))
SPANS = ENDS.map(lambda pair: PointRange(pair[0], pair[0] + pair[1]))
MANY = st.lists(SPANS, max_size=8)


def points(*spans: PointRange) -> set[int]:
    return {point for span in spans for point in range(span.first, span.last + 1)}


@given(SPANS, SPANS)
def test_an_intersection_holds_what_both_hold(item: PointRange, other: PointRange) -> None:
    common = intersect(item, other)
    assert points(item) & points(other) == (points(common) if common else set())


@given(SPANS, SPANS)
def test_a_difference_holds_what_only_the_first_holds(item: PointRange, other: PointRange) -> None:
    assert points(item) - points(other) == points(*subtract(item, other))


@given(MANY)
def test_a_union_has_the_same_points_in_ascending_spans_that_do_not_touch(spans: list[PointRange]) -> None:
    joined = union(spans)
    assert points(*joined) == points(*spans)
    assert all(left.last + 1 < right.first for left, right in pairwise(joined))


@given(SPANS, MANY)
def test_what_is_missing_and_what_is_held_make_up_what_is_wanted(expected: PointRange, held: list[PointRange]) -> None:
    gaps = missing(expected, held)
    assert points(*gaps) == points(expected) - points(*held)
    assert list(gaps) == sorted(gaps)


@given(SPANS, MANY)
def test_nothing_is_missing_once_the_gaps_are_filled(expected: PointRange, held: list[PointRange]) -> None:
    assert missing(expected, [*held, *missing(expected, held)]) == ()


@given(SPANS, MANY, st.integers(0, 20))
def test_bridged_gaps_cover_the_gaps_and_lie_further_apart_than_the_bridge(
    expected: PointRange, held: list[PointRange], length: int
) -> None:
    gaps = missing(expected, held)
    bridged = bridge(gaps, length)
    assert points(*gaps) <= points(*bridged) <= points(expected)
    assert all(right.first - left.last - 1 > length for left, right in pairwise(bridged))


@given(SPANS, st.integers(1, 30))
def test_parts_of_a_split_make_up_the_whole_and_end_where_everybody_cuts(span: PointRange, size: int) -> None:
    parts = split(span, size)
    assert points(*parts) == points(span)
    assert sum(part.points for part in parts) == span.points
    assert all(part.points <= size for part in parts)
    assert all(part.last % size == size - 1 for part in parts[:-1])


@given(st.integers(1, 90_000), st.integers(0, 2_000_000_000), st.integers(-50, 50))
def test_a_grid_finds_its_points_again(step: int, start: int, offset: int) -> None:
    grid = Grid.through(start, step)
    instant = start + offset * step
    assert grid.instant(grid.point(instant)) == instant
    assert grid.point(instant + step - 1) == grid.point(instant)
    assert grid.span(start, start + 3 * step).points == 4


def test_adjacent_spans_join_and_spans_one_point_apart_do_not() -> None:
    assert union([PointRange(0, 4), PointRange(5, 9)]) == (PointRange(0, 9),)
    assert union([PointRange(0, 4), PointRange(6, 9)]) == (PointRange(0, 4), PointRange(6, 9))
