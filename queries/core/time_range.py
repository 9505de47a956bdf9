"""Time ranges as people write them, and the aligned windows of range queries (Prometheus: start, end, step).

All instants are whole epoch seconds in UTC. A window's start and end are multiples of its step (shifted by the
zone's offset for steps of a day or more), so that viewers who look at the same range share the same points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from queries.core.errors import InvalidInput

DAY: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": DAY, "w": 7 * DAY}
_RELATIVE: Final = re.compile(r"now(?:-(\d{1,9})([smhdw]))?")
_MILLISECOND_DIGITS: Final = 12  # seconds of the year 3000 have eleven
_DURATION: Final = re.compile(r"(\d{1,9})([smhdw])")

# Steps in seconds that are easy to read on a time axis; each divides the next or a day.
STEP_LADDER: Final = (
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, DAY,
)  # fmt: skip


@dataclass(frozen=True)
class TimeRange:
    """A range as written in the URL: `now-6h` to `now`, epoch seconds or milliseconds, or ISO 8601.

    The latter is UTC if no offset is given.
    """

    start: str = "now-1h"
    end: str = "now"

    @property
    def is_relative(self) -> bool:
        """True when the range moves with the clock."""
        return self.start.startswith("now") or self.end.startswith("now")

    @property
    def is_past(self) -> bool:
        """True when it does not end now: what it shows is over."""
        return self.end != "now"

    def resolve(self, now: float) -> tuple[float, float]:
        """Start and end in epoch seconds. Raises InvalidInput when unreadable, or when start is not before end."""
        start, end = instant(self.start, now, "from"), instant(self.end, now, "to")
        if start >= end:
            raise InvalidInput("from", f"The range starts at or after its end: {self.start} to {self.end}.")
        return start, end


@dataclass(frozen=True)
class Window:
    """An aligned range: points at start, start + step, …, end, in epoch seconds, both ends included."""

    start: int
    end: int
    step: int
    scrape_interval: int = 15

    @property
    def points(self) -> int:
        """How many points a full series has."""
        return (self.end - self.start) // self.step + 1

    @property
    def seconds(self) -> int:
        """The width of the window."""
        return self.end - self.start

    @property
    def rate_interval(self) -> int:
        """`$__rate_interval` as Grafana defines it: max(step + scrape interval, 4 × scrape interval)."""
        return max(self.step + self.scrape_interval, 4 * self.scrape_interval)

    def times(self) -> npt.NDArray[np.int64]:
        """Every instant of the window, shape (points,)."""
        return np.arange(self.start, self.end + 1, self.step, dtype=np.int64)

    def shift(self, seconds: int) -> Window:
        """The same window `seconds` earlier; whole steps, so it stays aligned."""
        steps = max(1, round(seconds / self.step)) * self.step
        return replace(self, start=self.start - steps, end=self.end - steps)


def instant(text: str, now: float, field: str) -> float:
    """One end of a range in epoch seconds; `field` names the URL parameter in the error."""
    if match := _RELATIVE.fullmatch(text):
        amount, unit = match.groups()
        value = now - int(amount) * _UNITS[unit] if amount else now
        if value < 0:
            raise InvalidInput(field, f"“{text[:40]}” lies before 1970.", "Write a shorter time such as now-6h.")
        return value
    try:
        value = _from_epoch(text) if re.fullmatch(r"\d{1,11}(\.\d+)?|\d{12,13}", text) else _from_iso(text)
    except (ValueError, OverflowError):
        raise InvalidInput(
            field,
            f"“{text[:40]}” is not a valid time.",
            "Write now-6h, epoch seconds or milliseconds, or 2026-01-31T14:05Z.",
        ) from None
    if not 0 <= value <= 32_503_680_000:
        raise InvalidInput(field, f"“{text[:40]}” lies outside the years 1970 to 3000.")
    return value


def _from_epoch(text: str) -> float:
    """Seconds, or milliseconds as Grafana's and Perses' addresses have them."""
    return float(text) / 1000 if len(text.partition(".")[0]) >= _MILLISECOND_DIGITS else float(text)


def _from_iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def duration(text: str, field: str) -> int:
    """Seconds of a duration such as `30s`, `5m`, `6h`, `7d`; raises InvalidInput."""
    match = _DURATION.fullmatch(text)
    if not match or int(match[1]) == 0:
        raise InvalidInput(field, f"“{text[:40]}” is not a valid duration.", "Write 30s, 5m, 6h or 7d.")
    return int(match[1]) * _UNITS[match[2]]


def choose_step(seconds: float, max_points: int, scrape_interval: int) -> int:
    """The smallest step of the ladder that keeps the range within `max_points` and above the scrape interval."""
    smallest = max(seconds / max_points, scrape_interval)
    for step in STEP_LADDER:
        if step >= smallest:
            return step
    return int(-(-smallest // DAY) * DAY)


def align(start: float, end: float, step: int, scrape_interval: int, zone_offset: int = 0) -> Window:
    """Floor both ends to the step; steps of a day or more begin at the zone's midnight (`zone_offset` seconds)."""
    offset = zone_offset if step >= DAY else 0
    first = int((start + offset) // step) * step - offset
    last = int((end + offset) // step) * step - offset
    return Window(first, max(first, last), step, scrape_interval)
