"""Buckets become cells without losing or inventing a request, and caps are told from values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from panels import histogram
from panels.spec import Lines, Panel, Query, Unit
from queries.frame import Frame
from tests.panel_samples import WINDOW, buckets

BOUNDS = (5.0, 10.0, 25.0, 100.0, 2_500.0, float("inf"))


def frame_of(rates: np.ndarray, seed: int) -> Frame:
    """Cumulative buckets of these cells (buckets, times), the series in random order."""
    order = np.random.default_rng(seed).permutation(len(BOUNDS))
    labels = tuple({"le": "+Inf" if np.isinf(BOUNDS[at]) else f"{BOUNDS[at]:g}"} for at in order)
    return Frame(np.arange(rates.shape[1]) * 60, labels, np.cumsum(rates, axis=0)[order])


CELLS = arrays.arrays(np.float64, (len(BOUNDS), 7), elements=st.floats(0, 1e6))


@settings(deadline=None)
@given(rates=CELLS, seed=st.integers(0, 99))
def test_cells_are_what_was_counted_whatever_the_order_of_the_series(rates: np.ndarray, seed: int) -> None:
    found = histogram.cells(frame_of(rates, seed))
    assert found.edges == (0.0, *BOUNDS)
    np.testing.assert_allclose(found.rates, rates, atol=1e-3, rtol=1e-6)


@settings(deadline=None)
@given(rates=CELLS, noise=CELLS, seed=st.integers(0, 99))
def test_cells_are_never_negative_and_each_column_sums_to_the_total(
    rates: np.ndarray, noise: np.ndarray, seed: int
) -> None:
    frame = frame_of(rates, seed)
    rough = frame.with_values(frame.values * (1 + noise / 1e6 * 1e-9))  # rounding errors as Prometheus has them
    found = histogram.cells(rough)
    assert (found.rates >= 0).all()
    np.testing.assert_allclose(found.rates.sum(axis=0), rough.values.max(axis=0), rtol=1e-9)


def test_infinity_is_the_topmost_row_and_numbers_are_not_sorted_as_text() -> None:
    labels = tuple({"le": bound} for bound in ("+Inf", "1000", "25", "5"))
    found = histogram.cells(Frame(np.array([0]), labels, np.array([[10.0], [9.0], [4.0], [1.0]])))
    assert found.edges == (0.0, 5.0, 25.0, 1000.0, float("inf"))
    assert found.rates[:, 0].tolist() == [1, 3, 5, 1]


def test_a_gap_stays_a_gap() -> None:
    values = np.array([[1.0, np.nan, 2.0], [3.0, np.nan, 3.0]])
    found = histogram.cells(Frame(np.arange(3) * 60, ({"le": "5"}, {"le": "+Inf"}), values))
    assert np.isnan(found.rates[:, 1]).all()


def test_columns_are_capped_at_means_that_begin_at_round_times() -> None:
    found = histogram.cells(buckets())
    few = histogram.columns(found, 100, WINDOW.step)
    assert few.times.size <= 101
    np.testing.assert_allclose(few.rates.sum(axis=0).mean(), found.rates.sum(axis=0).mean(), rtol=0.02)
    later = histogram.cells(Frame(found.times[1:], buckets().labels, buckets().values[:, 1:]))
    moved = histogram.columns(later, 100, WINDOW.step)
    # A window one step later has the same columns but for the ends.
    np.testing.assert_allclose(moved.rates[:, 1:-1], few.rates[:, 1:-1])


def test_empty_rows_at_the_ends_are_left_out() -> None:
    rates = np.zeros((6, 2))
    rates[2:4] = 1
    found = histogram.used(histogram.cells(frame_of(rates, 1)))
    assert found.edges == (10.0, 25.0, 100.0)


@pytest.mark.parametrize(
    ("expr", "cap"),
    [
        ("histogram_quantile(0.99, sum by (le) (rate(codeagent_request_duration_bucket{job=~\"a\"}[5m])))", 80_000),
        ("histogram_quantile(0.5, sum by (operation, le) (rate(codeagent_db_query_duration_bucket[5m])))", 5_000),
        ("sum(rate(codeagent_request_duration_bucket[5m]))", None),
        ("histogram_quantile(0.5, sum by (le) (rate(somebody_elses_bucket[5m])))", None),
    ],
)  # fmt: skip
def test_the_cap_of_a_quantile_is_the_highest_finite_bound_of_its_histogram(expr: str, cap: float | None) -> None:
    assert histogram.cap(expr) == cap


def test_a_value_at_the_cap_is_capped_and_below_it_is_not() -> None:
    assert histogram.is_capped(80_000, 80_000)
    assert not histogram.is_capped(79_900, 80_000)
    assert not histogram.is_capped(float("nan"), 80_000)
    assert not histogram.is_capped(80_000, None)


def test_counts_are_never_taken_for_a_cap() -> None:
    query = Query("histogram_quantile(0.5, sum by (le) (rate(codeagent_request_duration_bucket[5m])))")
    panel = Panel("p", "P", Unit.COUNT, Lines(), (query,), "", "")
    assert histogram.caps(panel, Unit.COUNT, 0) is None
    assert histogram.caps(panel, Unit.MILLISECONDS, 0) == 80_000


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [(0, 5, "≤ 5 ms"), (1_000, 2_500, "1 s – 2.5 s"), (80_000, float("inf"), "> 80 s")],
)
def test_a_row_is_named_by_its_range(low: float, high: float, name: str) -> None:
    assert histogram.row_name(low, high, Unit.MILLISECONDS) == name
