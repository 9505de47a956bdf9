"""Axes: the range of the numbers and round ticks written in their unit, the same for Plotly and for SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from panels import units
from panels.spec import Bars, Lines, Panel, Unit

_NAMED_BY_TICKS: Final = frozenset((Unit.COUNT, *units.IN_SECONDS, *units.IN_BYTES, *units.IN_SI))
_DECIMAL: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
# Round steps of time in seconds, from one second; shorter steps are decimal.
_TIME_STEPS: Final = (
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
)  # fmt: skip
_LOG_TIME: Final = (
    *(mantissa * 10.0**power for power in range(-9, 0) for mantissa in (1, 2, 5)),
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 43_200.0, 86_400.0,
)  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """A value axis: its range (of the numbers, or of their log10 when `log`) and its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]
    log: bool = False

    def layout(self) -> dict[str, Any]:
        """What Plotly needs to draw it. A log axis' range is in log10, its ticks are not."""
        return {
            "range": [_short(self.low), _short(self.high)],
            "tickmode": "array",
            "tickvals": [_short(tick) for tick in self.ticks],
            "ticktext": list(self.texts),
        }


def linear(low: float, high: float, unit: Unit, count: int = 4) -> Axis:
    """An axis from `low` to at least `high` with about `count` round steps; tick texts include the unit."""
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # equal within floating-point precision
        high = low + (abs(low) or 1.0)
    step = nice_step((high - low) / count, unit)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(step * number for number in range(first, last + 1))
    return Axis(low, high, ticks, tuple(tick_text(tick, unit) for tick in ticks))


def logarithmic(low: float, high: float, unit: Unit, count: int = 5) -> Axis:
    """A logarithmic axis between two positive numbers, with round ticks."""
    high = max(high, low * 1.0001)
    inside = [number for number in _log_ticks(unit, low, high) if low * 0.999 <= number <= high * 1.001]
    ticks = _spread(inside, count) if len(inside) > 1 else list(linear(low, high, unit, count - 1).ticks)
    texts = tuple(tick_text(tick, unit) for tick in ticks)
    return Axis(math.log10(low), math.log10(high), tuple(ticks), texts, log=True)


def headroom(low: float, high: float) -> float:
    """The upper end of an axis: slightly above the highest number, so that its line is fully visible."""
    return high + (0.06 * (high - low) if high > low else abs(high) or 1.0)


def tick_text(value: float, unit: Unit) -> str:
    """The text of a tick: with the unit if it depends on the size (ms, MiB, %), without it if the title has it."""
    if value == 0:
        return f"{units.SYMBOLS.get(unit, '')}0"
    if symbol := units.SYMBOLS.get(unit):
        return f"{symbol}{units.count(value)}" if value >= 1 else f"{symbol}{units.digits(value)}"
    if unit in _NAMED_BY_TICKS - {Unit.COUNT} or unit in (Unit.PERCENT, Unit.RATIO):
        return units.write(value, unit)
    return units.count(value)


def title_unit(panel: Panel) -> str:
    """The unit next to a chart's title; empty if the ticks include units (ms, s)."""
    if isinstance(panel.view, Lines | Bars) and panel.unit not in _NAMED_BY_TICKS:
        return panel.unit.value
    return ""


def nice_step(rough: float, unit: Unit) -> float:
    """The smallest round step of at least `rough`: 1, 2, 2.5, 5; whole minutes; powers of two of bytes."""
    if unit in units.IN_SECONDS and rough * units.IN_SECONDS[unit] > 0.5:
        seconds = rough * units.IN_SECONDS[unit]
        whole = next((step for step in _TIME_STEPS if step >= seconds), None)
        return (whole or math.ceil(seconds / 86_400) * 86_400) / units.IN_SECONDS[unit]
    if unit in units.IN_BYTES and rough > 0:
        return max(1.0, 2.0 ** math.ceil(math.log2(rough * units.IN_BYTES[unit]))) / units.IN_BYTES[unit]
    if rough <= 0:
        return 1.0
    factor = units.IN_SI.get(unit, 1.0)
    step = _decimal_step(rough * factor) / factor
    return max(step, 1.0) if unit is Unit.COUNT and rough > 0.2 else step


def _decimal_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(mantissa * power for mantissa in _DECIMAL if mantissa * power >= rough * (1 - 1e-9))


def _log_ticks(unit: Unit, low: float, high: float) -> list[float]:
    if unit in units.IN_SECONDS:
        return [second / units.IN_SECONDS[unit] for second in _LOG_TIME]
    if unit in units.IN_BYTES:
        return [2.0**power / units.IN_BYTES[unit] for power in range(0, 60, 2)]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [mantissa * 10.0**power for power in range(first, last + 1) for mantissa in (1, 2, 5)]


def _spread(ticks: list[float], count: int) -> list[float]:
    """At most about `count` ticks, evenly spaced on the logarithmic scale."""
    if len(ticks) <= count:
        return ticks
    apart = (math.log10(ticks[-1]) - math.log10(ticks[0])) / count
    selected = [ticks[0]]
    for tick in ticks[1:]:
        if math.log10(tick / selected[-1]) >= apart * 0.9:
            selected.append(tick)
    return selected


def _short(value: float) -> float:
    return units.rounded(value, 6)
