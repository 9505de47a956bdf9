"""The last whole answer of each page, for the time when its store is away. Bounded in number and bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import brotli
import orjson


@dataclass(frozen=True)
class GoodAnswer:
    """Parts of a page as HTML, its title, and when it was created (epoch seconds)."""

    parts: Mapping[str, str]
    title: str
    created: float


@dataclass
class LastGood:
    """Whole answers by address, compressed. Safe for threads."""

    most: int = 256
    most_bytes: int = 32 * 2**20
    _entries: OrderedDict[str, tuple[bytes, float]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, key: str, compressed: bytes, created: float) -> None:
        """Keep a body ({"title", "parts"} as JSON, compressed with brotli); the oldest make room."""
        with self._lock:
            old = self._entries.pop(key, None)
            self._bytes += len(compressed) - (len(old[0]) if old else 0)
            self._entries[key] = (compressed, created)
            while len(self._entries) > self.most or self._bytes > self.most_bytes:
                _, (dropped, _) = self._entries.popitem(last=False)
                self._bytes -= len(dropped)

    def get(self, key: str) -> GoodAnswer | None:
        """The last whole answer, None when there was none or it made room."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None:
            return None
        content = orjson.loads(brotli.decompress(entry[0]))
        return GoodAnswer(content["parts"], content["title"], entry[1])
