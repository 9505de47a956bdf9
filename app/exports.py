"""Who may export log lines: a few pages are asked at a time, by turns; a reader who does not read holds no turn."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Request

from queries.core.errors import Busy

T = TypeVar("T")


@dataclass
class Exports:
    """At most `most` exports are open, `per_client` of them for one client, and `at_once` ask the store."""

    at_once: int = 2
    most: int = 64
    per_client: int = 8
    _open: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turns = threading.BoundedSemaphore(self.at_once)

    def open(self, client: str) -> None:
        """Begin an export. Raises Busy."""
        with self._lock:
            if self._open[client] >= self.per_client:
                raise Busy("log export", f"You have {self.per_client} exports open. Let one of them end.", 5.0)
            if self._open.total() >= self.most:
                raise Busy("log export", f"{self.most} exports are open already. Try again in a moment.", 5.0)
            self._open[client] += 1

    def close(self, client: str) -> None:
        """End it."""
        with self._lock:
            self._open[client] -= 1
            if self._open[client] <= 0:
                del self._open[client]

    def turn(self, ask: Callable[[], T], seconds: float) -> T | None:
        """The answer, or None when no turn came within so many seconds. Raises what `ask` raises."""
        if not self._turns.acquire(timeout=seconds):
            return None
        try:
            return ask()
        finally:
            self._turns.release()


def client_of(request: Request) -> str:
    """Whose request it is: the last address that a proxy on this machine names, else the peer's."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded[:64] or request.remote_addr or ""
