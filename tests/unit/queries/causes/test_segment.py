"""Deviations and their strongest run: robust, finite, at the right place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.causes.segment import count_deviations, dispersion, level_deviations, strongest_segment

VALUES = st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.just(0.0)), min_size=1, max_size=40).map(
    lambda values: np.array(values, dtype=np.float64)
)


@given(VALUES, VALUES)
def test_a_score_is_never_nan_whatever_the_samples(before: np.ndarray, now: np.ndarray) -> None:
    deviations = level_deviations(before, now)
    segment = strongest_segment(deviations)

    assert np.isfinite(deviations).all()
    assert segment is None or (np.isfinite(segment.score) and 0 <= segment.start < segment.end <= now.size)


@given(st.floats(0, 1), st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_counts_that_follow_the_expected_share_do_not_deviate(share: float, counts: list[int]) -> None:
    whole = np.array(counts, dtype=np.float64)

    assert np.allclose(count_deviations(whole * share, whole, share), 0, atol=1e-6)


@pytest.mark.parametrize(("start", "end"), [(20, 60), (30, 45), (55, 60), (0, 10)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_segment_is_where_the_level_changed(start: int, end: int, sign: int) -> None:
    rng = np.random.default_rng(1)
    before, now = rng.normal(100, 3, 60), rng.normal(100, 3, 60)
    now[start:end] += sign * 40

    segment = strongest_segment(level_deviations(before, now))

    assert segment is not None
    assert abs(segment.start - start) <= 1
    assert abs(segment.end - end) <= 1
    assert np.sign(segment.score) == sign


def test_a_slow_drift_around_a_step_does_not_move_its_onset() -> None:
    rng = np.random.default_rng(2)
    now = rng.normal(100, 3, 60) + np.linspace(0, 12, 60)
    now[40:] += 300

    segment = strongest_segment(level_deviations(rng.normal(100, 3, 60), now))

    assert segment is not None
    assert segment.start == 40


def test_one_outlier_in_the_baseline_does_not_hide_a_change() -> None:
    before = np.array([10.0, 11, 9, 10, 100_000, 10, 11, 9])

    assert (level_deviations(before, np.full(5, 20.0)) > 4).all()


def test_a_baseline_wider_than_its_counting_error_says_so() -> None:
    rng = np.random.default_rng(3)
    whole = np.full(200, 1_000.0)
    poisson, wide = rng.binomial(1_000, 0.1, 200), 100 + rng.normal(0, 40, 200)

    assert dispersion(count_deviations(poisson, whole, 0.1)) < 1.3
    assert dispersion(count_deviations(wide, whole, 0.1)) > 3
