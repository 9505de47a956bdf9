"""The process tier: entries of pieces, bounded in bytes, the least recently used leaving first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from queries.metrics.cache.extents import Judge, Piece, absorb, nbytes
from queries.metrics.cache.intervals import PointRange

Pieces = tuple[Piece, ...]
_Entry = tuple[Pieces, int]
_ENTRY_BYTES: Final = 500  # key, tuple and order, about


class Memory:
    """Pieces by entry key; safe to share between threads. Pieces are never changed, only replaced."""

    def __init__(self, budget: int, max_points: int) -> None:
        """`budget` in bytes for everything; `max_points` on each side of the last window that an entry keeps."""
        self._budget = budget
        self._max_points = max_points
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self.evicted = 0

    @property
    def bytes(self) -> int:
        """How many bytes it holds, about."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Pieces:
        """The pieces of an entry; empty for an unknown one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return ()
            self._entries.move_to_end(key)
            return entry[0]

    def add(self, key: str, new: Sequence[Piece], around: PointRange, good: Judge = lambda _piece: True) -> Pieces:
        """Absorb pieces into an entry, keeping what lies near the span `around`; the entry's pieces afterwards.

        An entry that is larger than the whole budget is not kept, and costs the other entries nothing. Pieces are
        merged outside the lock, so that no reader waits for it.
        """
        while True:
            with self._lock:
                entry = self._entries.get(key)
            pieces = self._trimmed(absorb(entry[0] if entry else (), new, good), around)
            if self._replace(key, entry, pieces):
                return pieces

    def _replace(self, key: str, entry: _Entry | None, pieces: Pieces) -> bool:
        """Put pieces in the place of an entry, unless another thread has changed it meanwhile."""
        with self._lock:
            if self._entries.get(key) is not entry:
                return False
            self._bytes -= self._entries.pop(key, ((), 0))[1]
            self._put(key, pieces)
            self._evict()
            return True

    def drop(self, key: str) -> None:
        """Forget an entry."""
        with self._lock:
            self._bytes -= self._entries.pop(key, ((), 0))[1]

    def _put(self, key: str, pieces: Pieces) -> None:
        size = nbytes(pieces) + _ENTRY_BYTES
        if size > self._budget:
            self.evicted += 1
            return
        self._entries[key] = (pieces, size)
        self._bytes += size

    def _evict(self) -> None:
        while self._bytes > self._budget and self._entries:
            _, (_, size) = self._entries.popitem(last=False)
            self._bytes -= size
            self.evicted += 1

    def _trimmed(self, pieces: Pieces, around: PointRange) -> Pieces:
        if sum(piece.span.points for piece in pieces) <= 2 * self._max_points:
            return pieces
        near = PointRange(around.first - self._max_points // 2, around.last + self._max_points // 2)
        return tuple(part for piece in pieces if (part := piece.crop(near)) is not None)
