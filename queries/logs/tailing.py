"""Live tail over any store that can search: what arrives late is still shown, and nothing is shown twice.

Lines reach a store seconds after their time and not in order. So each look goes back a little behind the newest line
seen so far. The cursor carries a floor, a position in the store's order: every line at the floor or before it is done.
Lines behind the floor that are done are carried as short hashes. A time would not do as a floor: many lines share one,
and a store may keep times less exactly than we do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from queries.core.errors import InvalidInput
from queries.logs.types import LogLine, LogPage, LogQuery, LogTail, Paging
from queries.search import cursor as cursors
from queries.search.results import NANO, Position, Range

LATE_NS: Final = 15 * NANO  # how much later than its time a line may arrive
AHEAD_NS: Final = 60 * NANO  # how far ahead a service's clock may be
SEEN: Final = 800  # lines that a cursor remembers
_KIND: Final = "tail"
_HASH: Final = 5  # bytes
_AGE: Final = 3  # bytes; milliseconds before the latest time that a line may have
_MILLI: Final = 1_000_000

Search = Callable[[LogQuery, Paging], LogPage]


@dataclass(frozen=True)
class _Memory:
    """What was done: all lines up to `floor`, `level` of them in the floor's own instant, and the `seen` ones.

    `seen` holds the time of each, in epoch milliseconds.
    """

    newest: int
    floor: Position | None = None
    level: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)

    def within(self, start: int) -> _Memory:
        """Without what lies before a time. A store may round that time down to its millisecond."""
        floor = self.floor if self.floor and self.floor.at_ns >= start else None
        earliest = max(start, floor.at_ns if floor else start) // _MILLI
        kept = {mark: at for mark, at in self.seen.items() if at >= earliest}
        return _Memory(self.newest, floor, self.level if floor else 0, kept)

    def is_done(self, line: LogLine) -> bool:
        """Whether the line was shown or counted before."""
        return _mark(line) in self.seen or not self.is_above(line)

    def is_above(self, line: LogLine) -> bool:
        """Whether the line lies behind the floor."""
        return self.floor is None or line.position > self.floor


@dataclass(frozen=True)
class _Look:
    """One look into the store: `lines` are the newest of the range, in the store's order, newest first."""

    range: Range
    lines: tuple[LogLine, ...]
    total: int
    is_whole: bool  # `lines` are all lines of the range
    is_partial: bool  # the store could not look everywhere


def tail(query: LogQuery, cursor: str, limit: int, now_ns: int, search: Search) -> LogTail:
    """The next lines. Raises InvalidInput for a cursor that is none.

    Lines from the future (a wrong clock) wait for their time: otherwise the first would hide all that come now.
    """
    until = now_ns + AHEAD_NS

    def look(start: int, size: int) -> tuple[_Look, LogPage]:
        range_ = Range(start, until)
        page = search(replace(query, range=range_), Paging(size, count_all=True))
        lines = tuple(sorted(page.lines, key=lambda line: line.position, reverse=True))
        return _Look(range_, lines, page.total.value, not page.next, page.quality.partial), page

    memory, start = _begun(query, cursor, now_ns)
    found, page = look(start, limit + len(memory.seen))
    fresh = [line for line in found.lines if not memory.is_done(line)]
    shown = fresh[:limit]
    skipped = _skipped(found, memory, fresh, shown) if cursor else 0
    later = _later(found, memory, shown, is_over=len(fresh) > len(shown) or not found.is_whole)
    if later.floor:
        later = replace(later, level=_level(found, later.floor, lambda at: look(at, 1)[0].total))
    later = replace(later, newest=min(max([memory.newest, *(line.at_ns for line in shown)]), now_ns))
    ordered = tuple(sorted(shown, key=lambda line: (line.at_ns, line.position)))
    return LogTail(ordered, _encoded(later), skipped, page.quality)


def _begun(query: LogQuery, cursor: str, now_ns: int) -> tuple[_Memory, int]:
    """What was done before, and from when on to look."""
    if not cursor:
        return _Memory(query.range.start_ns), query.range.start_ns
    memory = _decoded(cursor)
    since = (min(memory.newest, now_ns) - LATE_NS) // _MILLI * _MILLI
    start = max(query.range.start_ns, since)
    memory = memory.within(start)
    return memory, max(start, memory.floor.at_ns if memory.floor else start)


def _skipped(found: _Look, memory: _Memory, fresh: Sequence[LogLine], shown: Sequence[LogLine]) -> int:
    """Lines that came and are not shown."""
    if not found.is_whole:
        return max(0, found.total - memory.level - len(memory.seen) - len(shown))
    level = sum(not memory.is_above(line) for line in found.lines)  # late ones of the floor's instant among them
    return len(fresh) - len(shown) + max(0, level - memory.level)


def _later(found: _Look, memory: _Memory, shown: Sequence[LogLine], is_over: bool) -> _Memory:
    """The memory after this look; beyond the limit everything older than what is shown is done."""
    floor = shown[-1].position if is_over and shown else memory.floor
    above = [line for line in found.lines if floor is None or line.position > floor]
    if len(above) > SEEN:  # what is forgotten must not be shown again
        floor, above = above[SEEN].position, above[:SEEN]
    seen = {_mark(line): line.at_ns // _MILLI for line in above}
    if found.is_partial:  # what is not there now may be there again at the next look
        seen |= {mark: at for mark, at in memory.seen.items() if floor is None or at >= floor.at_ns // _MILLI}
        seen = dict(sorted(seen.items(), key=lambda one: -one[1])[:SEEN])
    return _Memory(memory.newest, floor, 0, seen)


def _level(found: _Look, floor: Position, count: Callable[[int], int]) -> int:
    """How many lines of the floor's instant are done."""
    if found.is_whole or found.lines[-1].position.at_ns < floor.at_ns:
        return sum(line.position.at_ns == floor.at_ns and line.position <= floor for line in found.lines)
    return max(0, count(floor.at_ns) - sum(line.position > floor for line in found.lines))


def _mark(line: LogLine) -> str:
    return hashlib.blake2b(line.id.encode(), digest_size=_HASH).hexdigest()


def _encoded(memory: _Memory) -> str:
    """A cursor; each mark with how long before the latest possible time its line is."""
    latest = (memory.newest + AHEAD_NS) // _MILLI + 1
    ages = {mark: latest - at for mark, at in memory.seen.items()}
    packed = b"".join(bytes.fromhex(mark) + age.to_bytes(_AGE) for mark, age in ages.items() if 0 <= age < 256**_AGE)
    floor = memory.floor or Position(0, "", 0, "")
    return cursors.encode(
        _KIND, memory.newest, memory.floor is not None, *floor, memory.level, base64.b85encode(packed).decode()
    )


def _decoded(cursor: str) -> _Memory:
    newest, is_set, *floor, level, packed = cursors.decode(_KIND, cursor, int, bool, int, str, int, str, int, str)
    latest = (newest + AHEAD_NS) // _MILLI + 1
    size = _HASH + _AGE
    try:
        data = base64.b85decode(packed)
    except (ValueError, binascii.Error):
        data = b"?"
    if len(data) % size:
        raise InvalidInput("cursor", "This page's address is not understood.", "Start from the first page.")
    parts = (data[at : at + size] for at in range(0, len(data), size))
    seen = {part[:_HASH].hex(): latest - int.from_bytes(part[_HASH:]) for part in parts}
    return _Memory(newest, Position(*floor) if is_set else None, max(0, level), seen)
