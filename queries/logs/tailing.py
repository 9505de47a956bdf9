"""Live tail over any store that can search: what arrives late is still shown, and nothing is shown twice.

Lines reach a store seconds after their time and not in order. So each look goes back a little behind the newest line
seen so far, and the cursor carries which lines of that stretch were shown already, as short hashes with their times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from queries import cursor as cursors
from queries.errors import InvalidInput
from queries.found import NANO, Quality, Range
from queries.logs.types import LogLine, LogPage, LogQuery, LogTail, Paging

LATE_NS: Final = 15 * NANO  # how much later than its time a line may arrive
AHEAD_NS: Final = 60 * NANO  # how far ahead a service's clock may be
SEEN: Final = 400  # lines that a cursor remembers
_KIND: Final = "tail"
_MARK: Final = 10  # characters of a hash

Search = Callable[[LogQuery, Paging], LogPage]


def tail(query: LogQuery, cursor: str, limit: int, now_ns: int, search: Search) -> LogTail:
    """The next lines. Raises InvalidInput for a cursor that is none.

    Lines from the future (a wrong clock) wait for their time: otherwise the first would hide all that come now.
    """
    until = now_ns + AHEAD_NS
    if not cursor:
        page = search(replace(query, range=Range(query.range.start_ns, until)), Paging(limit))
        lines = tuple(reversed(page.lines))
        floor = lines[0].at_ns if page.next else query.range.start_ns
        return _tail(lines, {}, (query.range.start_ns, floor), 0, now_ns, page.quality)
    newest, floor, text = cursors.decode(_KIND, cursor, int, int, str)
    seen = _unpacked(text, newest)
    since = max(query.range.start_ns, floor, min(newest, now_ns) - LATE_NS)
    known = sum(since <= at < until for at in seen.values())
    page = search(replace(query, range=Range(since, until)), Paging(limit + known))
    fresh = [line for line in reversed(page.lines) if _mark(line) not in seen]
    shown = tuple(fresh[-limit:])
    beyond = page.total.value - known - len(shown) if page.next else 0
    skipped = max(0, len(fresh) - len(shown), beyond)
    floor = shown[0].at_ns if skipped and shown else floor
    return _tail(shown, seen, (newest, floor), skipped, now_ns, page.quality)


def _tail(
    lines: tuple[LogLine, ...], seen: Mapping[str, int], known: tuple[int, int], skipped: int, now_ns: int,
    quality: Quality,
) -> LogTail:  # fmt: skip
    newest, floor = known
    newest = min(max([newest, *(line.at_ns for line in lines)]), now_ns)
    marks = {**seen, **{_mark(line): line.at_ns for line in lines}}
    by_time = sorted(marks.items(), key=lambda item: item[1], reverse=True)
    if len(by_time) > SEEN:  # what is forgotten must not be shown again
        floor = max(floor, by_time[SEEN][1] + 1)
    return LogTail(lines, cursors.encode(_KIND, newest, floor, _packed(by_time[:SEEN], newest)), skipped, quality)


def _mark(line: LogLine) -> str:
    return hashlib.blake2b(line.id.encode(), digest_size=_MARK // 2).hexdigest()


def _packed(marks: Sequence[tuple[str, int]], newest: int) -> str:
    """Each mark with how long before the newest its line is: small numbers, as most are of the last seconds."""
    return ",".join(f"{mark}{newest - at:x}" for mark, at in marks)


def _unpacked(text: str, newest: int) -> dict[str, int]:
    try:
        return {one[:_MARK]: newest - int(one[_MARK:], 16) for one in text.split(",")} if text else {}
    except ValueError:
        raise InvalidInput("cursor", "This page's address is not understood.", "Start from the first page.") from None
