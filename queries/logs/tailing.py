"""Live tail over any store that can search: what arrives late is still shown, and nothing is shown twice.

Lines reach a store seconds after their time and not in order. So each look goes back a little behind the newest line
seen so far, and the cursor carries which lines of that stretch were shown already, as short hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from queries import cursor as cursors
from queries.found import NANO, Quality, Range
from queries.logs.types import LogLine, LogPage, LogQuery, LogTail, Paging

LATE_NS: Final = 15 * NANO  # how much later than its time a line may arrive
AHEAD_NS: Final = 60 * NANO  # how far ahead a service's clock may be
SEEN: Final = 400  # lines that a cursor remembers
_KIND: Final = "tail"

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
        return _tail(lines, (), (query.range.start_ns, floor), 0, now_ns, page.quality)
    newest, floor, text = cursors.decode(_KIND, cursor, int, int, str)
    seen = tuple(text.split(",")) if text else ()
    since = max(query.range.start_ns, floor, min(newest, now_ns) - LATE_NS)
    page = search(replace(query, range=Range(since, until)), Paging(limit + len(seen)))
    fresh = [line for line in reversed(page.lines) if _mark(line) not in seen]
    skipped = max(0, len(fresh) - limit) + (max(0, page.total.value - len(page.lines)) if page.next else 0)
    shown = tuple(fresh[-limit:])
    floor = shown[0].at_ns if skipped else floor
    return _tail(shown, seen, (newest, floor), skipped, now_ns, page.quality)


def _tail(
    lines: tuple[LogLine, ...], seen: tuple[str, ...], known: tuple[int, int], skipped: int, now_ns: int,
    quality: Quality,
) -> LogTail:  # fmt: skip
    newest, floor = known
    newest = min(max([newest, *(line.at_ns for line in lines)]), now_ns)
    marks = list(dict.fromkeys([*seen, *(_mark(line) for line in lines)]))
    if len(marks) > SEEN and lines:  # what is forgotten must not be shown again
        floor = max(floor, lines[-min(SEEN, len(lines))].at_ns)
    return LogTail(lines, cursors.encode(_KIND, newest, floor, ",".join(marks[-SEEN:])), skipped, quality)


def _mark(line: LogLine) -> str:
    return hashlib.blake2b(line.id.encode(), digest_size=5).hexdigest()
