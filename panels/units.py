"""Numbers as people read them: three significant digits, fewer below one, the unit chosen by size.

`write(1240, Unit.REQUESTS_PER_SECOND)` is "1.24k req/s", `write(2130, Unit.MILLISECONDS)` "2.13 s".
The order of two numbers is never turned round by writing them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from panels.spec import Unit

# The browser writes numbers by the same tables (assets/src/units.js). It has the rules of usual units; those of
# others come with an answer.
_TABLE: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "units.json").read_text("utf-8"))
_RARE: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "rare_units.json").read_text("utf-8"))
MISSING: Final[str] = _TABLE["missing"]
_DIGITS: Final[int] = _TABLE["digits"]
_COUNTS, _BYTES, _SECONDS, _SI = (_TABLE["scales"][name] for name in ("counts", "bytes", "seconds", "si"))
_RULES: Final[dict[Unit, dict[str, Any]]] = {unit: (_TABLE["units"] | _RARE)[unit.value] for unit in Unit}
IN_SECONDS: Final = {unit: float(rule["factor"]) for unit, rule in _RULES.items() if rule["kind"] == "duration"}
IN_BYTES: Final = {unit: float(rule.get("factor", 1)) for unit, rule in _RULES.items() if rule["kind"] == "bytes"}
IN_SI: Final = {unit: float(rule.get("factor", 1)) for unit, rule in _RULES.items() if rule["kind"] == "si"}
SYMBOLS: Final = {unit: str(rule["symbol"]) for unit, rule in _RULES.items() if rule["kind"] == "money"}
SUFFIXES: Final = {unit: str(rule.get("suffix", "")) for unit, rule in _RULES.items()}


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
    rule = _RULES[unit]
    value *= rule.get("factor", 1)
    if math.isinf(value):
        return ("∞" if value > 0 else "-∞"), ""
    if rule["kind"] == "duration":
        return _duration(value)
    if rule["kind"] == "bytes":
        number, name = _scale(value, _BYTES)
        return number, name + rule["suffix"]
    if rule["kind"] == "si":
        return _si(value, rule["suffix"])
    if rule["kind"] == "money":
        return money(value, rule["symbol"]), rule["suffix"]
    if rule["kind"] == "percent":
        return percent(value), "%"
    least = rule.get("least", 0.0)  # nobody counts less than a thousandth of a core
    if least:
        return count(round(value / least) * least if abs(value) < least * 1_000 else value), rule["suffix"]
    return count(value, _precision(value)), rule["suffix"]


def bare(value: float, unit: Unit) -> str:
    """A number without what the panel's title says already: "1.24k" of requests/s, but "340 ms" and "4.8 GiB/s"."""
    number, name = split(value, unit)
    return number if _RULES[unit]["kind"] in ("count", "money") else f"{number} {name}".rstrip()


def rare_rules(of: Iterable[Unit]) -> dict[str, Any]:
    """The rules of those units that the browser does not have."""
    return {unit.value: _RARE[unit.value] for unit in of if unit.value in _RARE}


def is_plain(unit: Unit) -> bool:
    """Whether its numbers are the measure itself, written with its suffix: watts, but neither kilowatts nor euros."""
    rule = _RULES[unit]
    return rule["kind"] in ("count", "si") and bool(rule["suffix"]) and rule.get("factor", 1) == 1


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
    number, name = _scale(value, _COUNTS, precision)
    return number + name


def percent(value: float) -> str:
    """A percentage without its sign. Close below 100 it is cut, never rounded up: 99.95 stays 99.9, not 100."""
    if 99 < value < 100:
        return f"{math.floor(value * 10 + 1e-9) / 10:.1f}".removesuffix(".0")
    return digits(value, _precision(value))


def precise_percent(value: float) -> str:
    """For tables of availability: two decimals between 99 and 100, where they matter (99.95 %)."""
    if 99 < value < 100:
        return f"{math.floor(value * 100 + 1e-9) / 100:g} %"
    return write(value, Unit.PERCENT)


def money(value: float, symbol: str) -> str:
    """Money: cents below 100 ($12.40), three significant digits throughout."""
    sign, size = ("-" if value < 0 else ""), abs(rounded(value))
    if size == 0:
        return f"{symbol}0"
    if size < 0.01:
        return f"{sign}{symbol}{digits(size, 2)}"
    return f"{sign}{symbol}{size:.2f}" if size < 100 else f"{sign}{symbol}{count(size)}"


def _precision(value: float) -> int:
    """Significant digits that a count or a percentage of this size needs: nobody decides by 0.0333 requests/s."""
    return next((rule["digits"] for rule in _TABLE["fractions"] if abs(value) < rule["below"]), _DIGITS)


def digits(value: float, precision: int = _DIGITS) -> str:
    """At most `precision` significant digits, no exponent, no trailing zeros."""
    value = rounded(value, precision)
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    exponent = int(f"{value:e}".partition("e")[2])
    decimals = max(0, precision - 1 - exponent)
    text = f"{value:.{min(decimals, 12)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def rounded(value: float, precision: int = _DIGITS) -> float:
    """`value` to so many significant digits."""
    return float(f"{value:.{precision - 1}e}") if math.isfinite(value) else value


def _scale(value: float, scale: list[dict[str, Any]], precision: int = _DIGITS) -> tuple[str, str]:
    """The number in the largest unit it reaches; 999.7 is 1k, so that four digits are never shown."""
    unit = scale[0]
    for larger in scale[1:]:
        if abs(rounded(value / unit["size"], precision)) >= 1_000:
            unit = larger
    return digits(value / unit["size"], precision), unit["name"]


def _si(value: float, suffix: str) -> tuple[str, str]:
    """A measure with the prefix that suits its size: 340 mW, then 1.24 kW."""
    if rounded(value) == 0:
        return "0", suffix
    number, prefix = _scale(value, _SI)
    return number, prefix + suffix


def _duration(seconds: float) -> tuple[str, str]:
    """A duration in the unit that suits its size: 119 s, then 2 min."""
    size = abs(rounded(seconds))
    if size == 0:
        return "0", "ms"
    unit = next((unit for unit in reversed(_SECONDS) if size >= unit["from"]), _SECONDS[0])
    return digits(seconds / unit["size"]), unit["name"]
