"""Ticks are round, few, inside their axis, and carry a unit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels import axis
from panels.spec import Unit


@pytest.mark.parametrize(
    ("high", "unit", "texts"),
    [
        (100, Unit.PERCENT, ("0", "25 %", "50 %", "75 %", "100 %")),
        (1_800, Unit.MILLISECONDS, ("0", "500 ms", "1 s", "1.5 s")),
        (90_000, Unit.MILLISECONDS, ("0", "30 s", "60 s", "90 s")),
        (7.3e9, Unit.BYTES, ("0", "2 GiB", "4 GiB", "6 GiB")),
        (830, Unit.REQUESTS_PER_SECOND, ("0", "250", "500", "750")),
        (3, Unit.COUNT, ("0", "1", "2", "3")),
        (40, Unit.DOLLARS, ("$0", "$10", "$20", "$30", "$40")),
        (40, Unit.EUROS, ("€0", "€10", "€20", "€30", "€40")),
        (1_800, Unit.WATTS, ("0", "500 W", "1 kW", "1.5 kW")),
        (1.8, Unit.KILOWATTS, ("0", "500 W", "1 kW", "1.5 kW")),
        (1_800, Unit.MEBIBYTES, ("0", "512 MiB", "1 GiB", "1.5 GiB")),
        (0.9, Unit.MEGABYTES_PER_SECOND, ("0", "256 KiB/s", "512 KiB/s", "768 KiB/s")),
        (800, Unit.NANOSECONDS, ("0", "200 ns", "400 ns", "600 ns", "800 ns")),
        (40, Unit.CELSIUS, ("0", "10", "20", "30", "40")),
    ],
)
def test_ticks_are_round_in_their_unit(high: float, unit: Unit, texts: tuple[str, ...]) -> None:
    assert axis.linear(0, high, unit).texts == texts


def test_a_logarithmic_latency_axis_has_round_ticks_from_milliseconds_to_minutes() -> None:
    result = axis.logarithmic(4, 130_000, Unit.MILLISECONDS)
    assert 3 <= len(result.ticks) <= 6
    assert result.low == pytest.approx(math.log10(4))
    assert all(
        text.split()[0] in {"1", "2", "5", "10", "20", "30", "50", "60", "100", "200", "500"} for text in result.texts
    )


@settings(deadline=None)
@given(
    low=st.floats(-1e9, 1e9),
    size=st.floats(1e-6, 1e12),
    unit=st.sampled_from(list(Unit)),
)
def test_a_linear_axis_never_has_too_many_ticks_nor_any_outside(low: float, size: float, unit: Unit) -> None:
    result = axis.linear(low, low + size, unit)
    assert len(result.ticks) <= 9
    assert list(result.ticks) == sorted(set(result.ticks))
    hair = 1e-6 * (result.high - result.low)
    assert all(result.low - hair <= tick <= result.high + hair for tick in result.ticks)


@settings(deadline=None)
@given(low=st.floats(1e-6, 1e9), factor=st.floats(1.001, 1e9), unit=st.sampled_from(list(Unit)))
def test_a_logarithmic_axis_has_few_positive_ticks(low: float, factor: float, unit: Unit) -> None:
    result = axis.logarithmic(low, low * factor, unit)
    assert len(result.ticks) <= 9
    assert all(tick > 0 for tick in result.ticks)


def test_an_axis_of_equal_numbers_still_has_a_height() -> None:
    result = axis.linear(0, 0, Unit.PERCENT)
    assert result.high > result.low
    assert result.ticks
