"""What boards compute from answers: classes of status, distinct users of several instances."""

from __future__ import annotations

import numpy as np
import pytest

from pages import BOARDS
from pages.derive import distinct, largest_and_others
from panels import draw, prices
from panels.spec import DrawContext
from queries.core.time_range import Window
from queries.metrics.frame import Frame

WINDOW = Window(0, 60, 30)


def users(*rows: list[float]) -> Frame:
    """Counts of users by instance."""
    labels = tuple({"instance": str(number)} for number in range(len(rows)))
    return Frame(WINDOW.times(), labels, np.array(rows))


def test_one_instance_knows_its_distinct_users() -> None:
    (frame,) = distinct((users([1.0, 2.0, 3.0]),), WINDOW, prices.load(None))
    assert frame.labels == ({},)
    assert frame.values.tolist() == [[1, 2, 3]]
    assert frame.notes == ()


def test_several_instances_know_only_between_which_numbers_theirs_lie() -> None:
    counts = users([40.0, np.nan, 40.0], [30.0, np.nan, 40.0], [35.0, 20.0, 35.0])
    (frame,) = distinct((counts,), WINDOW, prices.load(None))
    np.testing.assert_array_equal(frame.values, [[40, 20, 40]])
    assert frame.notes == ("3 instances count their own users: at least 40, at most 115 distinct ones",)


def test_a_time_without_any_count_stays_a_gap() -> None:
    (frame,) = distinct((users([np.nan, 1.0, 1.0], [np.nan, 1.0, 1.0]),), WINDOW, prices.load(None))
    assert np.isnan(frame.values[0, 0])


@pytest.mark.parametrize(("rows", "text", "alt"), [(1, "40", ": 40"), (3, "≥ 40", "at least 40")])
def test_the_tile_says_at_least_where_it_knows_no_more(rows: int, text: str, alt: str) -> None:
    frames = distinct((users(*[[40.0, 40.0, 40.0]] * rows),), WINDOW, prices.load(None))
    drawing = draw(BOARDS["overview"].panel("active-users"), frames, DrawContext(WINDOW))
    assert f">{text}</span>" in drawing.html
    assert alt in drawing.alt


@pytest.mark.parametrize(("whole", "others"), [(10.0, [7.0]), (3.0, []), (3.000001, [])])
def test_all_others_are_what_the_largest_leave_of_the_sum(whole: float, others: list[float]) -> None:
    times = np.array([60])
    largest = Frame(times, ({"key": "a"}, {"key": "b"}), np.array([[2.0], [1.0]]))
    result = largest_and_others((largest, Frame(times, ({},), np.array([[whole]]))), WINDOW, prices.load(None))

    assert result[0] is largest
    assert result[1].last().tolist() == others
