"""Events of an iCalendar (RFC 5545) as spans of time: holidays, or who is on call. A file or an http(s) address."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import requests
from ical.calendar_stream import IcsCalendarStream
from ical.exceptions import CalendarParseError

from queries.core.background_value import BackgroundValue
from queries.core.redact import redact
from queries.core.transport import BoundedSession

KEEP_SECONDS: Final = 900.0
RETRY_SECONDS: Final = 60.0
FIRST_WAIT_SECONDS: Final = 10.0
TIMEOUT_SECONDS: Final = 8.0
LARGEST: Final = 4 * 2**20  # bytes
PAST, AHEAD = timedelta(days=15), timedelta(days=60)
Span = tuple[float, float]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """What was read last; `spans` is None until a read has succeeded."""

    spans: tuple[Span, ...] | None = None
    failed: bool = False


@dataclass
class IcalSpans:
    """The events around now, in epoch seconds; read again in the background and kept while the source is away.

    Events of whole days are in `zone`. `address` may contain a secret and is not logged.
    """

    name: str
    address: str = field(repr=False)
    zone: ZoneInfo
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._value: BackgroundValue[_Known] = BackgroundValue(self.name, self._read, _life, self.monotonic)

    def contain(self, instant: float) -> bool | None:
        """Whether an event is on at `instant` (epoch seconds); None while the calendar could never be read."""
        known = self._value.get(FIRST_WAIT_SECONDS) or _Known()
        return None if known.spans is None else any(start <= instant < end for start, end in known.spans)

    def _read(self, known: _Known | None) -> _Known:
        try:
            return _Known(spans(self._text(), self.zone, self.clock()))
        except (OSError, ValueError, requests.RequestException, CalendarParseError) as error:
            reason = redact(str(error).replace(self.address, "its address"))[:160]
            log.warning("The calendar %s cannot be read: %s", self.name, reason)
            return _Known(known.spans if known else None, failed=True)

    def _text(self) -> str:
        if not self.address.startswith(("http://", "https://")):
            return Path(self.address).read_text(encoding="utf-8")
        with BoundedSession(connections=1, max_bytes=LARGEST) as session:
            answer = session.get(self.address, timeout=TIMEOUT_SECONDS)
            if answer.status_code != requests.codes.ok:
                raise ValueError(f"the server answered with status {answer.status_code}")
            return answer.content.decode("utf-8")


def spans(text: str, zone: ZoneInfo, now: float) -> tuple[Span, ...]:
    """Events of an iCalendar from some days before `now` to two months after it. Raises CalendarParseError."""
    calendar = IcsCalendarStream.calendar_from_ics(text)
    start = datetime.fromtimestamp(now, UTC) - PAST
    occurrences = (
        event.timespan_of(zone) for event in calendar.timeline_tz(zone).overlapping(start, start + PAST + AHEAD)
    )
    return tuple((span.start.timestamp(), span.end.timestamp()) for span in occurrences)


def _life(known: _Known) -> float:
    return RETRY_SECONDS if known.failed else KEEP_SECONDS
