"""Numbers are short, carry their unit, and keep their order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels import units
from panels.spec import Unit

POSITIVE = st.floats(min_value=1e-6, max_value=1e14, allow_nan=False, allow_infinity=False)
PREFIXES = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
}  # fmt: skip
FACTORS = {
    "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3_600, "d": 86_400,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "PiB": 1024**5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_240, Unit.REQUESTS_PER_SECOND, "1.24k req/s"),
        (999.7, Unit.REQUESTS_PER_SECOND, "1k req/s"),
        (340, Unit.MILLISECONDS, "340 ms"),
        (2_130, Unit.MILLISECONDS, "2.13 s"),
        (999.6, Unit.MILLISECONDS, "1 s"),
        (0.4, Unit.MILLISECONDS, "400 µs"),
        (600, Unit.SECONDS, "10 min"),
        (5_153_960_755, Unit.BYTES, "4.8 GiB"),
        (1_023, Unit.BYTES, "0.999 KiB"),
        (2_048, Unit.BYTES_PER_SECOND, "2 KiB/s"),
        (12.4, Unit.DOLLARS, "$12.40"),
        (0.0042, Unit.DOLLARS, "$0.0042"),
        (1_234, Unit.DOLLARS, "$1.23k"),
        (15.8, Unit.DOLLARS_PER_HOUR, "$15.80/h"),
        (12.4, Unit.EUROS, "€12.40"),
        (0.34, Unit.WATTS, "340 mW"),
        (1_240, Unit.WATTS, "1.24 kW"),
        (1.24, Unit.KILOWATTS, "1.24 kW"),
        (0, Unit.MILLIVOLTS, "0 V"),
        (-0.012, Unit.VOLTS, "-12 mV"),
        (850, Unit.NANOSECONDS, "850 ns"),
        (90, Unit.MINUTES, "90 min"),
        (1.5, Unit.MEBIBYTES, "1.5 MiB"),
        (2.097152, Unit.MEGABYTES_PER_SECOND, "2 MiB/s"),
        (2_400_000, Unit.BITS_PER_SECOND, "2.4 Mbit/s"),
        (3.2e9, Unit.HERTZ, "3.2 GHz"),
        (-61.5, Unit.DECIBEL_MILLIWATTS, "-61.5 dBm"),
        (21.46, Unit.DEGREES_FAHRENHEIT, "21.5 °F"),
        (7.312, Unit.PERCENT, "7.31 %"),
        (99.96, Unit.PERCENT, "99.9 %"),
        (0.5, Unit.RATIO, "50 %"),
        (3, Unit.PER_SECOND, "3/s"),
        (0.0333, Unit.REQUESTS_PER_SECOND, "0.03 req/s"),
        (0.424, Unit.PER_SECOND, "0.42/s"),
        (0.0845, Unit.PERCENT, "0.08 %"),
        (0.00303, Unit.PER_MINUTE, "0.003/min"),
        (0.012, Unit.CORES, "0.012 cores"),
        (0, Unit.COUNT, "0"),
        (-1_500, Unit.COUNT, "-1.5k"),
        (float("nan"), Unit.MILLISECONDS, "–"),
        (float("inf"), Unit.COUNT, "∞"),
    ],
)
def test_a_number_is_written_by_its_size(value: float, unit: Unit, text: str) -> None:
    assert units.write(value, unit) == text


def test_availability_close_to_full_is_never_rounded_to_full() -> None:
    assert units.precise_percent(99.95) == "99.95 %"
    assert units.precise_percent(99.9999) == "99.99 %"
    assert units.split(99.999, Unit.PERCENT) == ("99.9", "%")
    assert units.precise_percent(100) == "100 %"


@settings(deadline=None)
@given(value=POSITIVE, unit=st.sampled_from(list(Unit)))
def test_no_number_has_more_than_three_significant_digits(value: float, unit: Unit) -> None:
    number, _ = units.split(value, unit)
    digits = re.sub(r"[^0-9.]", "", number)
    if "." in digits:
        digits = digits.rstrip("0").replace(".", "")
    digits = digits.lstrip("0")
    # A whole number without an exponent may need zeros to show its size ($100, 1200 d).
    assert len(digits.rstrip("0")) <= 3


@settings(deadline=None)
@given(first=POSITIVE, second=POSITIVE, unit=st.sampled_from([u for u in Unit if u is not Unit.RATIO]))
def test_the_larger_number_is_never_written_smaller(first: float, second: float, unit: Unit) -> None:
    small, large = sorted((first, second))
    assert _parsed(*units.split(small, unit), unit) <= _parsed(*units.split(large, unit), unit) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("now", "before", "unit", "text"),
    [
        (112, 100, Unit.COUNT, "12 %"),
        (88, 100, Unit.COUNT, "12 %"),
        (1_300, 100, Unit.COUNT, "13×"),
        (100.02, 100, Unit.COUNT, "0 %"),
        (9.1, 0.4, Unit.PERCENT, "8.7 points"),
        (9.101, 9.1, Unit.PERCENT, "0 points"),
        (5, 0, Unit.COUNT, None),
        (0, 0, Unit.COUNT, "0 %"),
        (float("nan"), 4, Unit.COUNT, None),
        (4, float("nan"), Unit.PERCENT, None),
    ],
)
def test_a_change_is_a_percentage_or_points_of_one(now: float, before: float, unit: Unit, text: str | None) -> None:
    assert units.change(now, before, unit) == text


def _parsed(number: str, name: str, of: Unit) -> float:
    """The number that a text says, in the unit's base."""
    match = re.fullmatch(r"([0-9.]+)([kMGT]?)", number.removeprefix(units.SYMBOLS.get(of, "")))
    assert match, number
    if of in units.IN_SI:
        return float(match[1]) * PREFIXES[name.removesuffix(units.SUFFIXES[of])]
    unit = name.removesuffix("/s") if name.removesuffix("/s") in FACTORS else ""
    return float(match[1]) * FACTORS.get(match[2], 1) * FACTORS.get(unit, 1)
