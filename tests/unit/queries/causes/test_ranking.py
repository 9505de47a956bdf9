"""The change of one series: finite for any samples, none for noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.causes.ranking import change_of

VALUES = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30).map(np.array)


@given(VALUES, VALUES)
def test_a_change_is_finite_whatever_the_samples(before: np.ndarray, now: np.ndarray) -> None:
    change = change_of(before.astype(np.float64), now.astype(np.float64))

    assert change is None or all(math.isfinite(number) for number in (change.ratio, change.score))


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_no_change(seed: int) -> None:
    rng = np.random.default_rng(seed)

    assert change_of(rng.normal(100, 15, 60), rng.normal(100, 15, 60)) is None


def test_a_step_is_told_with_its_start_and_its_ratio() -> None:
    rng = np.random.default_rng(1)
    now = np.concatenate((rng.normal(100, 5, 40), rng.normal(400, 5, 20)))

    change = change_of(rng.normal(100, 5, 60), now)

    assert change is not None
    assert change.start == 40
    assert change.ratio == pytest.approx(2, abs=0.2)


def test_a_series_that_appears_from_nothing_is_a_change() -> None:
    change = change_of(np.zeros(30), np.concatenate((np.zeros(20), np.full(10, 3.0))))

    assert change is not None
    assert (change.before, change.now, change.start) == (0.0, 3.0, 20)
