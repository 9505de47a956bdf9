"""Numbers as people read them: three significant digits, the unit chosen by size.

`write(1240, Unit.REQUESTS_PER_SECOND)` is "1.24k req/s", `write(2130, Unit.MILLISECONDS)` "2.13 s".
The order of two numbers is never turned round by writing them.
"""

from __future__ import annotations

import math
from typing import Final

from panels.spec import Unit

MISSING: Final = "–"
_DIGITS: Final = 3

# (size in the base unit, name), ascending.
_COUNTS: Final = ((1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))
_BYTES: Final = tuple((1024.0**power, name) for power, name in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB")))
_SECONDS: Final = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3_600.0, "h"), (86_400.0, "d"))
# A unit of time takes over once its predecessor needs three digits: 119 s, then 2 min.
_TIME_FROM: Final = {"min": 120.0, "h": 7_200.0, "d": 172_800.0}

_COUNT_SUFFIX: Final = {
    Unit.COUNT: "",
    Unit.PER_SECOND: "/s",
    Unit.PER_MINUTE: "/min",
    Unit.REQUESTS_PER_SECOND: "req/s",
    Unit.TOKENS_PER_MINUTE: "tokens/min",
    Unit.CORES: "cores",
    Unit.DAYS: "d",
}
IN_SECONDS: Final = {Unit.MILLISECONDS: 1e-3, Unit.SECONDS: 1.0}


def write(value: float, unit: Unit) -> str:
    """A number with its unit; "–" for NaN."""
    number, name = split(value, unit)
    if not name:
        return number
    return f"{number}{'' if name.startswith('/') else ' '}{name}"


def split(value: float, unit: Unit) -> tuple[str, str]:
    """A number and its unit, apart: ("1.24k", "req/s"), ("340", "ms"), ("$12.40", ""). ("–", "") for NaN."""
    if math.isnan(value):
        return MISSING, ""
    if math.isinf(value):
        return ("∞" if value > 0 else "-∞"), ""
    if unit in IN_SECONDS:
        return _duration(value * IN_SECONDS[unit])
    if unit in (Unit.BYTES, Unit.BYTES_PER_SECOND):
        return _bytes(value, "/s" if unit is Unit.BYTES_PER_SECOND else "")
    if unit in (Unit.DOLLARS, Unit.DOLLARS_PER_HOUR):
        return dollars(value), "/h" if unit is Unit.DOLLARS_PER_HOUR else ""
    if unit in (Unit.PERCENT, Unit.RATIO):
        return percent(value * (100 if unit is Unit.RATIO else 1)), "%"
    if unit is Unit.CORES and abs(value) < 1:
        value = round(value, 3)  # nobody counts less than a thousandth of a core
    return count(value), _COUNT_SUFFIX[unit]


def bare(value: float, unit: Unit) -> str:
    """A number without what the panel's title says already: "1.24k" of requests/s, but "340 ms" and "4.8 GiB/s"."""
    number, name = split(value, unit)
    return number if unit in _COUNT_SUFFIX or unit is Unit.DOLLARS_PER_HOUR else f"{number} {name}".rstrip()


def change(now: float, before: float, unit: Unit) -> str | None:
    """The change against an earlier number, without its sign: "12 %", or "0.4 points" of a percentage.

    None when it cannot be said (either is no finite number, or a percentage of nothing).
    """
    if not (math.isfinite(now) and math.isfinite(before)):
        return None
    if unit in (Unit.PERCENT, Unit.RATIO):
        points = abs(now - before) * (100 if unit is Unit.RATIO else 1)
        return f"{digits(round(points, 2), 2)} points"
    if before == 0:
        return None if now else "0 %"
    share = abs(now - before) / abs(before)
    return f"{count(share + 1, 2)}×" if share >= 9.95 and now > before else f"{digits(round(100 * share, 1), 2)} %"


def count(value: float, precision: int = _DIGITS) -> str:
    """A count with k, M, G, T: 0, 12, 1.24k."""
    number, name = _scaled(value, _COUNTS, precision)
    return number + name


def percent(value: float) -> str:
    """A percentage without its sign. Close below 100 it is cut, never rounded up: 99.95 stays 99.9, not 100."""
    if 99 < value < 100:
        return f"{math.floor(value * 10 + 1e-9) / 10:.1f}".removesuffix(".0")
    return digits(value)


def precise_percent(value: float) -> str:
    """For tables of availability: two decimals between 99 and 100, where they matter (99.95 %)."""
    if 99 < value < 100:
        return f"{math.floor(value * 100 + 1e-9) / 100:g} %"
    return write(value, Unit.PERCENT)


def dollars(value: float) -> str:
    """Money: cents below 100 dollars ($12.40), three significant digits throughout."""
    sign, size = ("-" if value < 0 else ""), abs(rounded(value))
    if size == 0:
        return "$0"
    if size < 0.01:
        return f"{sign}${digits(size, 2)}"
    return f"{sign}${size:.2f}" if size < 100 else f"{sign}${count(size)}"


def digits(value: float, precision: int = _DIGITS) -> str:
    """At most `precision` significant digits, no exponent, no trailing zeros."""
    value = rounded(value, precision)
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    decimals = max(0, precision - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(decimals, 12)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def rounded(value: float, precision: int = _DIGITS) -> float:
    """`value` to so many significant digits."""
    return float(f"{value:.{precision - 1}e}") if math.isfinite(value) else value


def _scaled(value: float, scale: tuple[tuple[float, str], ...], precision: int = _DIGITS) -> tuple[str, str]:
    """The number in the largest unit it reaches; 999.7 is 1k, so that four digits are never shown."""
    chosen = scale[0]
    for size, name in scale:
        if abs(rounded(value / chosen[0], precision)) >= 1_000:
            chosen = (size, name)
    return digits(value / chosen[0], precision), chosen[1]


def _bytes(value: float, suffix: str) -> tuple[str, str]:
    number, name = _scaled(value, _BYTES)
    return number, name + suffix


def _duration(seconds: float) -> tuple[str, str]:
    """A duration in the unit that suits its size."""
    size = abs(rounded(seconds))
    chosen = _SECONDS[0]
    for scale, name in _SECONDS:
        if size >= _TIME_FROM.get(name, scale):
            chosen = (scale, name)
    if size == 0:
        return "0", "ms"
    return digits(seconds / chosen[0]), chosen[1]
