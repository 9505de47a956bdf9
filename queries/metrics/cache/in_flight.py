"""Fetches under way in this process, so that overlapping ones of the same entry take turns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from queries.metrics.cache.intervals import PointRange, intersect


@dataclass(frozen=True, eq=False)
class _Turn:
    span: PointRange
    ended: threading.Event = field(default_factory=threading.Event)


class InFlightRanges:
    """Who fetches which points of which entry. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, list[_Turn]] = {}

    def enter(self, key: str, span: PointRange) -> threading.Event | Callable[[], None]:
        """An event to wait for while an overlapping fetch of the entry runs; else the function that ends ours."""
        with self._lock:
            under_way = self._turns.setdefault(key, [])
            for other in under_way:
                if intersect(other.span, span):
                    return other.ended
            mine = _Turn(span)
            under_way.append(mine)
        return lambda: self._leave(key, mine)

    def _leave(self, key: str, turn: _Turn) -> None:
        with self._lock:
            self._turns[key].remove(turn)
            if not self._turns[key]:
                del self._turns[key]
        turn.ended.set()
