"""When a level of escalation applies, and when the next business day begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from app.alerting.ical_spans import IcalSpans

MOST_DAYS: Final = 60  # without a business day in them, a calendar has none


class Calendar(Protocol):
    """Spans of time."""

    def contains(self, instant: float) -> bool | None:
        """Whether it holds at `instant` (epoch seconds); None if that is unknown."""
        ...


@dataclass(frozen=True)
class BusinessHours:
    """Hours of some weekdays (0 is Monday) that are not holidays, in a time zone. `closes` 00:00 is midnight after."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()
    more_holidays: IcalSpans | None = None

    def contains(self, instant: float) -> bool:
        """Whether `instant` (epoch seconds) is within the hours. Holidays that cannot be read are none."""
        local = datetime.fromtimestamp(instant, self.zone)
        return any(start <= instant < end for start, end in self._days(local.date(), 1)) and not self._is_free(instant)

    def next_opening(self, instant: float) -> float:
        """The first beginning of a business day after `instant`, both in epoch seconds; infinity if there is none."""
        today = datetime.fromtimestamp(instant, self.zone).date()
        openings = (start for start, _ in self._days(today, MOST_DAYS) if start > instant and not self._is_free(start))
        return next(openings, float("inf"))

    def _days(self, first: date, count: int) -> Iterator[tuple[float, float]]:
        """Opening and closing of the business days among `count` days."""
        for day in (first + timedelta(days=number) for number in range(count)):
            if day.weekday() in self.weekdays and day not in self.holidays:
                last = day + timedelta(days=1) if self.closes == time() else day
                yield self._epoch(day, self.opens), self._epoch(last, self.closes)

    def _is_free(self, instant: float) -> bool:
        return self.more_holidays is not None and self.more_holidays.contain(instant) is True

    def _epoch(self, day: date, clock: time) -> float:
        return datetime.combine(day, clock, self.zone).astimezone(UTC).timestamp()


@dataclass(frozen=True)
class Rota:
    """The events of an iCalendar, such as the shifts of one person."""

    shifts: IcalSpans

    def contains(self, instant: float) -> bool | None:
        """Whether an event is on at `instant` (epoch seconds); None while the calendar could never be read."""
        return self.shifts.contain(instant)
