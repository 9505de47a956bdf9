"""TTL cache with LRU eviction: the only short-lived cache, for refusals, layouts, metadata and diagnoses."""

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
    """Values by key, each with its own time to live (monotonic clock). Thread-safe.

    Holds at most `most` values with a total size of at most `most_size`; a value's size is 1, or what `size` returns.
    The least recently used values are evicted first. A single value larger than `most_size` is not stored.
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
        """The total size of the stored values."""
        return self._size

    def get(self, key: K) -> V | None:
        """The value, or None if it is absent or expired."""
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
        """Store a value for `seconds`; a QueryError is stored without its traceback."""
        stored = value.without_frames() if isinstance(value, QueryError) else value
        with self._lock:
            self._drop(key)
            if self._size_of(stored) > self._most_size:
                return
            self._entries[key] = (self._clock() + seconds, stored)
            self._size += self._size_of(stored)
            while len(self._entries) > self._most or self._size > self._most_size:
                self._drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Remove a value."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= self._size_of(entry[1])
