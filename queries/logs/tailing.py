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
        return _tail(tuple(reversed(page.lines)), (), query.range.start_ns, 0, now_ns, page.quality)
    newest, text = cursors.decode(_KIND, cursor, int, str)
    seen = tuple(text.split(",")) if text else ()
    since = max(query.range.start_ns, min(newest, now_ns) - LATE_NS)
    page = search(replace(query, range=Range(since, until)), Paging(limit + len(seen)))
    fresh = [line for line in reversed(page.lines) if _mark(line) not in seen]
    unread = max(0, page.total.value - len(page.lines)) if page.next else 0
    skipped = unread + max(0, len(fresh) - limit)
    return _tail(tuple(fresh[-limit:]), seen, newest, skipped, now_ns, page.quality)


def _tail(
    lines: tuple[LogLine, ...], seen: tuple[str, ...], newest: int, skipped: int, now_ns: int, quality: Quality
) -> LogTail:
    found = min(max([newest, *(line.at_ns for line in lines)]), now_ns)
    kept = list(dict.fromkeys([*seen, *(_mark(line) for line in lines)]))[-SEEN:]
    return LogTail(lines, cursors.encode(_KIND, found, ",".join(kept)), skipped, quality)


def _mark(line: LogLine) -> str:
    return hashlib.blake2b(line.id.encode(), digest_size=5).hexdigest()
