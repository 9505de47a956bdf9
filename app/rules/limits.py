"""Limits of alerts with their formats, from the thresholds of the boards."""

from __future__ import annotations

from app.rules.model import Limit

_PERCENT = '{{ $value | printf "%.1f" }} %'
_COUNT = '{{ $value | printf "%.0f" }}'
_ONE_DECIMAL = '{{ $value | printf "%.1f" }}'


def required(threshold: float | None) -> float:
    """A threshold that a rule needs. Raises ValueError if the table has none."""
    if threshold is None:
        raise ValueError("An alert needs this threshold: set it in pages/thresholds.py.")
    return threshold


def above_percent(threshold: float | None) -> Limit:
    """More than so many percent."""
    return Limit(">", required(threshold), "%", _PERCENT)


def above_share(threshold: float | None) -> Limit:
    """More than so many percent, of an expression whose value is a share of 1."""
    return Limit(">", required(threshold), "%", "{{ $value | humanizePercentage }}", scale=0.01)


def below_percent(threshold: float | None) -> Limit:
    """Less than so many percent."""
    return Limit("<", required(threshold), "%", _PERCENT)


def above_milliseconds(threshold: float | None) -> Limit:
    """Longer than so many milliseconds."""
    return Limit(">", required(threshold), "ms", f"{_COUNT} ms")


def above_count(threshold: float | None, unit: str) -> Limit:
    """More than a number of something."""
    return Limit(">", required(threshold), unit, f"{_COUNT} {unit}")


def above_large_count(threshold: float | None, unit: str) -> Limit:
    """More than a number of something that is counted in thousands."""
    return Limit(">", required(threshold), unit, f"{{{{ $value | humanize }}}} {unit}")


def below_days(threshold: float | None) -> Limit:
    """Less than so many days are left."""
    return Limit("<", required(threshold), "days", f"{_ONE_DECIMAL} days")


def above_times(threshold: float) -> Limit:
    """More than so many times as much as before."""
    return Limit(">", threshold, "times", f"{_ONE_DECIMAL} times")


def below_times(threshold: float) -> Limit:
    """Less than so many times as much as before."""
    return Limit("<", threshold, "times", '{{ $value | printf "%.2f" }} times')


def state(number: float, word: str) -> Limit:
    """A state with its word; the number cannot be changed."""
    return Limit("==", number, word, word, is_state=True)
