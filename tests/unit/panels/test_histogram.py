"""Buckets become cells without losing or inventing a request, and caps are told from values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pages import BOARDS
from panels import draw, histogram
from panels.spec import NO_THRESHOLDS, Dashboard, DrawContext, Lines, Panel, Query, Status, Thresholds, Unit
from queries.metrics.frame import EMPTY, Frame
from tests.panel_samples import WINDOW, buckets

BOUNDS = (5.0, 10.0, 25.0, 100.0, 2_500.0, float("inf"))


def frame_of(rates: np.ndarray, seed: int) -> Frame:
    """Cumulative buckets of these cells (buckets, times), the series in random order."""
    order = np.random.default_rng(seed).permutation(len(BOUNDS))
    labels = tuple({"le": "+Inf" if np.isinf(BOUNDS[index]) else f"{BOUNDS[index]:g}"} for index in order)
    return Frame(np.arange(rates.shape[1]) * 60, labels, np.cumsum(rates, axis=0)[order])


CELLS = arrays.arrays(np.float64, (len(BOUNDS), 7), elements=st.floats(0, 1e6))


@settings(deadline=None)
@given(rates=CELLS, seed=st.integers(0, 99))
def test_cells_are_what_was_counted_whatever_the_order_of_the_series(rates: np.ndarray, seed: int) -> None:
    grid = histogram.cells(frame_of(rates, seed))
    assert grid.edges == (0.0, *BOUNDS)
    np.testing.assert_allclose(grid.rates, rates, atol=1e-3, rtol=1e-6)


@settings(deadline=None)
@given(rates=CELLS, noise=CELLS, seed=st.integers(0, 99))
def test_cells_are_never_negative_and_each_column_sums_to_the_total(
    rates: np.ndarray, noise: np.ndarray, seed: int
) -> None:
    frame = frame_of(rates, seed)
    rough = frame.with_values(frame.values * (1 + noise / 1e6 * 1e-9))  # rounding errors as Prometheus has them
    grid = histogram.cells(rough)
    assert (grid.rates >= 0).all()
    np.testing.assert_allclose(grid.rates.sum(axis=0), rough.values.max(axis=0), rtol=1e-9)


def test_infinity_is_the_topmost_row_and_numbers_are_not_sorted_as_text() -> None:
    labels = tuple({"le": bound} for bound in ("+Inf", "1000", "25", "5"))
    grid = histogram.cells(Frame(np.array([0]), labels, np.array([[10.0], [9.0], [4.0], [1.0]])))
    assert grid.edges == (0.0, 5.0, 25.0, 1000.0, float("inf"))
    assert grid.rates[:, 0].tolist() == [1, 3, 5, 1]


def test_a_gap_stays_a_gap() -> None:
    values = np.array([[1.0, np.nan, 2.0], [3.0, np.nan, 3.0]])
    grid = histogram.cells(Frame(np.arange(3) * 60, ({"le": "5"}, {"le": "+Inf"}), values))
    assert np.isnan(grid.rates[:, 1]).all()


def test_columns_are_capped_at_means_that_begin_at_round_times() -> None:
    grid = histogram.cells(buckets())
    few = histogram.columns(grid, 100, WINDOW.step)
    assert few.times.size <= 101
    np.testing.assert_allclose(few.rates.sum(axis=0).mean(), grid.rates.sum(axis=0).mean(), rtol=0.02)
    later = histogram.cells(Frame(grid.times[1:], buckets().labels, buckets().values[:, 1:]))
    moved = histogram.columns(later, 100, WINDOW.step)
    # A window one step later has the same columns but for the ends.
    np.testing.assert_allclose(moved.rates[:, 1:-1], few.rates[:, 1:-1])


def test_empty_rows_at_the_ends_are_left_out() -> None:
    rates = np.zeros((6, 2))
    rates[2:4] = 1
    grid = histogram.trim_empty_rows(histogram.cells(frame_of(rates, 1)))
    assert grid.edges == (10.0, 25.0, 100.0)


@pytest.mark.parametrize(
    ("expr", "cap"),
    [
        ('histogram_quantile(0.99, sum by (le) (rate(codeagent_request_duration_bucket{job=~"a"}[5m])))', 80_000),
        ("histogram_quantile(0.5, sum by (operation, le) (rate(codeagent_db_query_duration_bucket[5m])))", 5_000),
        ("sum(rate(codeagent_request_duration_bucket[5m]))", None),
        ("histogram_quantile(0.5, sum by (le) (rate(somebody_elses_bucket[5m])))", None),
    ],
)
def test_the_cap_of_a_quantile_is_the_highest_finite_bound_of_its_histogram(expr: str, cap: float | None) -> None:
    assert histogram.cap(expr) == cap


def quantile(
    by: str = "le", thresholds: Thresholds = NO_THRESHOLDS, metric: str = "codeagent_request_duration"
) -> Panel:
    """A panel of p95 lines with limits."""
    expr = f"histogram_quantile(0.95, sum by ({by}) (rate({metric}_bucket{{$filters}}[$__rate_interval])))"
    return Panel(
        id="p",
        title="P",
        unit=Unit.MILLISECONDS,
        view=Lines(thresholds=thresholds),
        queries=(Query(expr),),
        description="",
        empty_message="",
    )


def bounds(*rows: dict[str, str]) -> Frame:
    """The answer to a bounds query: series whose labels are all that counts."""
    return Frame(np.array([0]), rows, np.ones((len(rows), 1)))


def ending(end: str, **labels: str) -> list[dict[str, str]]:
    """Buckets up to an end, and the one of everything."""
    return [{**labels, "le": "5"}, {**labels, "le": end}, {**labels, "le": "+Inf"}]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_buckets_of_every_quantile_on_the_boards_are_asked_for(board: Dashboard) -> None:
    for panel in board.panels:
        for query in panel.queries:
            expr = histogram.bounds_query(query.expr)
            assert bool(expr) is query.expr.startswith("histogram_quantile"), query.expr
            assert not expr or ("le)" in expr and "$filters" in expr)


@pytest.mark.parametrize("end", ["1000", "10000", "80000", "42"])
def test_where_the_buckets_end_is_what_the_series_say(end: str) -> None:
    caps = histogram.Caps(quantile(), (bounds(*ending(end)),))
    assert caps.of(Unit.MILLISECONDS, 0) == float(end)
    assert caps.label("x", float(end), Unit.MILLISECONDS, 0) == "> x"
    assert caps.label("x", float(end) * 0.99, Unit.MILLISECONDS, 0) == "x"


def test_a_histogram_that_the_contract_does_not_know_has_a_cap_too() -> None:
    caps = histogram.Caps(quantile(metric="somebody_elses"), (bounds(*ending("1000")),))
    assert caps.of(Unit.MILLISECONDS, 0) == 1_000


def test_each_series_has_the_end_of_its_own_buckets() -> None:
    rows = bounds(*ending("1000", model="a"), *ending("80000", model="b"))
    caps = histogram.Caps(quantile("model, le"), (rows,))
    assert caps.of(Unit.MILLISECONDS, 0, {"model": "a"}) == 1_000
    assert caps.of(Unit.MILLISECONDS, 0, {"model": "b"}) == 80_000


def test_where_nothing_is_known_of_the_buckets_the_contract_s_count() -> None:
    assert histogram.Caps(quantile(), (EMPTY,)).of(Unit.MILLISECONDS, 0) == 80_000


@pytest.mark.parametrize(
    ("end", "value", "status"),
    [
        ("1000", 1_000, Status.UNKNOWN),
        ("1000", 900, Status.GOOD),
        ("5000", 5_000, Status.WARNING),
        ("10000", 10_000, Status.CRITICAL),
        ("4000", 4_000, Status.WARNING),
    ],
)
def test_more_than_the_largest_bucket_is_not_known_to_be_below_a_limit(end: str, value: float, status: Status) -> None:
    thresholds = Thresholds(warning=4_000, critical=8_000)
    caps = histogram.Caps(quantile(thresholds=thresholds), (bounds(*ending(end)),))
    assert caps.status(thresholds, value, Unit.MILLISECONDS, 0) is status


@pytest.mark.parametrize(
    ("ends", "notes"),
    [
        (["1000"], ("The buckets end at 1 s: the thresholds of 4 s and 8 s can never be exceeded",)),
        (["5000"], ("The buckets end at 5 s: the threshold of 8 s can never be exceeded",)),
        (["8000"], ()),
        (["80000"], ()),
        (["80000", "1000"], ("Some buckets end at 1 s: the thresholds of 4 s and 8 s can never be exceeded",)),
    ],
)
def test_a_limit_that_can_never_be_passed_is_said_on_the_panel(ends: list[str], notes: tuple[str, ...]) -> None:
    rows = [row for number, end in enumerate(ends) for row in ending(end, model=str(number))]
    panel = quantile("model, le", Thresholds(warning=4_000, critical=8_000))
    frame = Frame(WINDOW.times(), ({"model": "0"},), np.full((1, WINDOW.points), 500.0))
    drawing = draw(panel, (frame,), DrawContext(WINDOW, bounds=(bounds(*rows),)))
    assert drawing.notes == notes


def test_a_tile_beyond_its_buckets_says_more_than_and_is_not_called_normal() -> None:
    panel = BOARDS["overview"].panel("latency-p95")
    frame = Frame(WINDOW.times(), ({},), np.full((1, WINDOW.points), 1_000.0))
    drawing = draw(panel, (frame,), DrawContext(WINDOW, bounds=(bounds(*ending("1000")),)))
    assert "&gt; 1" in drawing.html
    assert drawing.status is Status.UNKNOWN
    assert "more than 1 s" in drawing.alt


def test_a_value_at_the_cap_is_capped_and_below_it_is_not() -> None:
    assert histogram.is_capped(80_000, 80_000)
    assert not histogram.is_capped(79_900, 80_000)
    assert not histogram.is_capped(float("nan"), 80_000)
    assert not histogram.is_capped(80_000, None)


def test_counts_are_never_taken_for_a_cap() -> None:
    query = Query("histogram_quantile(0.5, sum by (le) (rate(codeagent_request_duration_bucket[5m])))")
    panel = Panel(id="p", title="P", unit=Unit.COUNT, view=Lines(), queries=(query,), description="", empty_message="")
    assert histogram.Caps(panel).of(Unit.COUNT, 0) is None
    assert histogram.Caps(panel).of(Unit.MILLISECONDS, 0) == 80_000


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [(0, 5, "≤ 5 ms"), (1_000, 2_500, "1 s – 2.5 s"), (80_000, float("inf"), "> 80 s")],
)
def test_a_row_is_named_by_its_range(low: float, high: float, name: str) -> None:
    assert histogram.row_name(low, high, Unit.MILLISECONDS) == name
