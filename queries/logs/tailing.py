"""Live tail over any store with a search: late lines are shown, and no line is shown twice.

Lines reach a store seconds after their time and out of order, so each search starts a little before the newest line
seen so far. The cursor contains a floor, a position in the store's order: every line at or before the floor is done.
Lines after the floor that are done are stored in the cursor as short hashes. A time cannot be the floor, because many
lines share one time and a store may have a lower time resolution.
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
REMEMBERED: Final = 800  # lines that a cursor remembers
_KIND: Final = "tail"
_HASH: Final = 5  # bytes
_AGE: Final = 3  # bytes; milliseconds before the latest time that a line may have
_MILLI: Final = 1_000_000

Search = Callable[[LogQuery, Paging], LogPage]


@dataclass(frozen=True)
class _Memory:
    """Lines that are done: all up to `floor`, of which `level` share the floor's instant, and those in `delivered`.

    `delivered` maps a line's hash to its time in epoch milliseconds.
    """

    newest: int
    floor: Position | None = None
    level: int = 0
    delivered: Mapping[str, int] = field(default_factory=dict)

    def within(self, start: int) -> _Memory:
        """The memory without lines before `start`. A store may round that time down to its millisecond."""
        floor = self.floor if self.floor and self.floor.at_ns >= start else None
        earliest = max(start, floor.at_ns if floor else start) // _MILLI
        recent = {mark: at_ms for mark, at_ms in self.delivered.items() if at_ms >= earliest}
        return _Memory(self.newest, floor, self.level if floor else 0, recent)

    def is_done(self, line: LogLine) -> bool:
        """Whether an earlier call returned or counted the line."""
        return _mark(line) in self.delivered or not self.is_above(line)

    def is_above(self, line: LogLine) -> bool:
        """Whether the line comes after the floor."""
        return self.floor is None or line.position > self.floor


@dataclass(frozen=True)
class _Snapshot:
    """One search of the store: `lines` are the newest lines of the range, newest first."""

    range: Range
    lines: tuple[LogLine, ...]
    total: int
    is_whole: bool  # `lines` are all lines of the range
    is_partial: bool  # the store could not look everywhere


def tail(query: LogQuery, cursor: str, limit: int, now_ns: int, search: Search) -> LogTail:
    """The next lines. Raises InvalidInput for a cursor that is not valid.

    Lines more than `AHEAD_NS` in the future (a wrong clock) are returned later; otherwise the first of them would
    hide all current lines.
    """
    until = now_ns + AHEAD_NS

    def read(start: int, size: int) -> tuple[_Snapshot, LogPage]:
        range_ = Range(start, until)
        page = search(replace(query, range=range_), Paging(size, count_all=True))
        lines = tuple(sorted(page.lines, key=lambda line: line.position, reverse=True))
        return _Snapshot(range_, lines, page.total.value, not page.next, page.quality.partial), page

    memory, start = _begin(query, cursor, now_ns)
    snapshot, page = read(start, limit + len(memory.delivered))
    fresh = [line for line in snapshot.lines if not memory.is_done(line)]
    returned = fresh[:limit]
    skipped = _count_skipped(snapshot, memory, fresh, returned) if cursor else 0
    later = _next_memory(snapshot, memory, returned, is_over=len(fresh) > len(returned) or not snapshot.is_whole)
    if later.floor:
        later = replace(later, level=_floor_level(snapshot, later.floor, lambda start: read(start, 1)[0].total))
    later = replace(later, newest=min(max([memory.newest, *(line.at_ns for line in returned)]), now_ns))
    ordered = tuple(sorted(returned, key=lambda line: (line.at_ns, line.position)))
    return LogTail(ordered, _encode(later), skipped, page.quality)


def _begin(query: LogQuery, cursor: str, now_ns: int) -> tuple[_Memory, int]:
    """The memory of earlier calls, and the start of the search in epoch nanoseconds."""
    if not cursor:
        return _Memory(query.range.start_ns), query.range.start_ns
    memory = _decode(cursor)
    since = (min(memory.newest, now_ns) - LATE_NS) // _MILLI * _MILLI
    start = max(query.range.start_ns, since)
    memory = memory.within(start)
    return memory, max(start, memory.floor.at_ns if memory.floor else start)


def _count_skipped(snapshot: _Snapshot, memory: _Memory, fresh: Sequence[LogLine], returned: Sequence[LogLine]) -> int:
    """The number of new lines that are not returned."""
    if not snapshot.is_whole:
        return max(0, snapshot.total - memory.level - len(memory.delivered) - len(returned))
    level = sum(not memory.is_above(line) for line in snapshot.lines)  # late ones of the floor's instant among them
    return len(fresh) - len(returned) + max(0, level - memory.level)


def _next_memory(snapshot: _Snapshot, memory: _Memory, returned: Sequence[LogLine], is_over: bool) -> _Memory:
    """The memory after this search; if the limit applies, every line older than the returned ones is done."""
    floor = returned[-1].position if is_over and returned else memory.floor
    above = [line for line in snapshot.lines if floor is None or line.position > floor]
    if len(above) > REMEMBERED:  # lines that are no longer in the memory must not be returned again
        floor, above = above[REMEMBERED].position, above[:REMEMBERED]
    delivered = {_mark(line): line.at_ns // _MILLI for line in above}
    if snapshot.is_partial:  # the next search may return lines that are missing now
        delivered |= {
            mark: at_ms for mark, at_ms in memory.delivered.items() if floor is None or at_ms >= floor.at_ns // _MILLI
        }
        delivered = dict(sorted(delivered.items(), key=lambda entry: -entry[1])[:REMEMBERED])
    return _Memory(memory.newest, floor, 0, delivered)


def _floor_level(snapshot: _Snapshot, floor: Position, count: Callable[[int], int]) -> int:
    """The number of done lines with the floor's time."""
    if snapshot.is_whole or snapshot.lines[-1].position.at_ns < floor.at_ns:
        return sum(line.position.at_ns == floor.at_ns and line.position <= floor for line in snapshot.lines)
    return max(0, count(floor.at_ns) - sum(line.position > floor for line in snapshot.lines))


def _mark(line: LogLine) -> str:
    return hashlib.blake2b(line.id.encode(), digest_size=_HASH).hexdigest()


def _encode(memory: _Memory) -> str:
    """Encode the cursor; each hash with its line's age against the latest possible time, in milliseconds."""
    latest = (memory.newest + AHEAD_NS) // _MILLI + 1
    ages = {mark: latest - at_ms for mark, at_ms in memory.delivered.items()}
    packed = b"".join(bytes.fromhex(mark) + age.to_bytes(_AGE) for mark, age in ages.items() if 0 <= age < 256**_AGE)
    floor = memory.floor or Position(0, "", 0, "")
    return cursors.encode(
        _KIND, memory.newest, memory.floor is not None, *floor, memory.level, base64.b85encode(packed).decode()
    )


def _decode(cursor: str) -> _Memory:
    newest, is_set, *floor, level, packed = cursors.decode(_KIND, cursor, int, bool, int, str, int, str, int, str)
    latest = (newest + AHEAD_NS) // _MILLI + 1
    size = _HASH + _AGE
    try:
        data = base64.b85decode(packed)
    except (ValueError, binascii.Error):
        data = b"?"
    if len(data) % size:
        raise InvalidInput("cursor", "The page cursor is not valid.", "Start from the first page.")
    parts = (data[offset : offset + size] for offset in range(0, len(data), size))
    delivered = {part[:_HASH].hex(): latest - int.from_bytes(part[_HASH:]) for part in parts}
    return _Memory(newest, Position(*floor) if is_set else None, max(0, level), delivered)
