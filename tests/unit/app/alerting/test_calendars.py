"""Calendars: business hours with holidays and daylight saving time, and shifts of an iCalendar."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.alerting.calendars import BusinessHours, Rota
from app.alerting.ical_spans import IcalSpans

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))
ICAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:christmas
DTSTAMP:20200101T000000Z
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:ana
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20261214T090000
DTEND;TZID=Europe/Berlin:20261215T090000
RRULE:FREQ=WEEKLY
SUMMARY:Ana
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
HOLIDAYS = ICAL.split("BEGIN:VEVENT\r\nUID:ana")[0] + "END:VCALENDAR\r\n"


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def spans(folder: Path, now: str, text: str = ICAL) -> IcalSpans:
    (folder / "calendar.ics").write_text(text)
    return IcalSpans("test", str(folder / "calendar.ics"), BERLIN, lambda: instant(now))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-23T08:00", True),
        ("2026-12-23T07:59", False),
        ("2026-12-23T18:00", False),
        ("2026-12-24T12:00", False),
        ("2026-12-25T12:00", False),
        ("2026-12-26T12:00", False),
        ("2026-12-28T12:00", True),
    ],
    ids=["opening", "before", "closing", "holiday", "holiday of the iCalendar", "Saturday", "Monday"],
)
def test_business_hours(moment: str, expected: bool, tmp_path: Path) -> None:
    holidays = frozenset({date(2026, 12, 24)})
    hours = BusinessHours(BERLIN, WEEKDAYS, time(8), time(18), holidays, spans(tmp_path, "2026-12-20T12:00", HOLIDAYS))

    assert hours.contains(instant(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-23T07:00", "2026-12-23T08:00"),
        ("2026-12-23T08:00", "2026-12-28T08:00"),
        ("2027-03-26T19:00", "2027-03-29T08:00"),
    ],
    ids=["the same day", "over holidays and a weekend", "over the change to summer time"],
)
def test_the_next_business_day(moment: str, expected: str, tmp_path: Path) -> None:
    holidays = frozenset({date(2026, 12, 24)})
    hours = BusinessHours(BERLIN, WEEKDAYS, time(8), time(18), holidays, spans(tmp_path, "2026-12-20T12:00"))

    assert hours.next_opening(instant(moment)) == instant(expected)


def test_a_calendar_without_days_never_opens() -> None:
    assert BusinessHours(BERLIN, frozenset(), time(8), time(18)).next_opening(0.0) == float("inf")


def test_hours_may_end_at_midnight() -> None:
    hours = BusinessHours(BERLIN, WEEKDAYS, time(0), time(0))

    assert hours.contains(instant("2026-12-21T23:59"))
    assert not hours.contains(instant("2026-12-26T00:00"))


def test_shifts_recur(tmp_path: Path) -> None:
    rota = Rota(spans(tmp_path, "2026-12-20T12:00"))

    assert rota.contains(instant("2026-12-21T09:00")) is True
    assert rota.contains(instant("2026-12-22T09:00")) is False


def test_a_calendar_that_cannot_be_read_is_unknown_and_an_earlier_one_is_kept(tmp_path: Path) -> None:
    ticks = iter([0.0, 0.0, 0.0, 2_000.0, 2_000.0, 2_000.0, *[2_000.0] * 20])
    unknown = IcalSpans("test", str(tmp_path / "absent.ics"), BERLIN, lambda: instant("2026-12-20T12:00"))
    known = spans(tmp_path, "2026-12-20T12:00")
    known = IcalSpans("test", known.address, BERLIN, known.clock, lambda: next(ticks))

    assert unknown.contain(0.0) is None
    assert known.contain(instant("2026-12-21T10:00")) is True
    (tmp_path / "calendar.ics").write_text("this is not a calendar")
    for _ in range(5):
        assert known.contain(instant("2026-12-21T10:00")) is True
