"""Values that are kept for seconds: the one short-lived cache, for refusals, layouts, metadata and diagnoses."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from queries.core.errors import QueryError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TTLCache(Generic[K, V]):
    """Values by key, each until a moment of the monotonic clock. Safe for threads.

    At most `most` are kept, whose sizes (1 each, or what `size` says) are `most_size` together at most; those that
    were used longest ago go first. A value that is larger than that by itself is not kept.
    """

    def __init__(
        self,
        most: int = 512,
        clock: Callable[[], float] = time.monotonic,
        size: Callable[[V], int] = lambda _value: 1,
        most_size: float = float("inf"),
    ) -> None:
        self._most, self._most_size = most, most_size
        self._clock, self._size_of = clock, size
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """The sizes of what is kept, together."""
        return self._size

    def get(self, key: K) -> V | None:
        """The value, or None when there is none that is still good."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if self._clock() >= entry[0]:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: K, value: V, seconds: float) -> None:
        """Keep a value for that long; an error without the frames that it passed."""
        kept = value.without_frames() if isinstance(value, QueryError) else value
        with self._lock:
            self._drop(key)
            if self._size_of(kept) > self._most_size:
                return
            self._entries[key] = (self._clock() + seconds, kept)
            self._size += self._size_of(kept)
            while len(self._entries) > self._most or self._size > self._most_size:
                self._drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Forget a value."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= self._size_of(entry[1])
