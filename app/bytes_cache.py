"""Bytes that are made once for each key, by whoever asks first; makers of other keys do not wait."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from queries.core.single_flight import SingleFlight
from queries.core.ttl_cache import TTLCache


@dataclass
class BytesCache:
    """At most `most_bytes` are kept; the least used go first. Safe for threads."""

    most_bytes: int = 32 * 2**20
    _flight: SingleFlight[Hashable, bytes] = field(default_factory=SingleFlight)

    def __post_init__(self) -> None:
        self._entries: TTLCache[Hashable, bytes] = TTLCache(2**20, size=len, most_size=self.most_bytes)

    @property
    def size(self) -> int:
        """How many bytes are kept now."""
        return self._entries.size

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The bytes of a key, made if there are none. Raises what `make` raises."""
        known = self._entries.get(key)
        return known if known is not None else self._flight.run(key, lambda: self._compute(key, make))[0]

    def _compute(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        known = self._entries.get(key)  # whoever made them may have ended since the first look
        if known is None:
            known = make()
            self._entries.put(key, known, math.inf)
        return known
