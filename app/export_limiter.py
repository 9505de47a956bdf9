"""Concurrency limits for exports of log lines: open exports in total and per client, and parallel store queries.

A slot for a store query is held only during the query, so that clients that read slowly do not block others.
"""

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
class ExportLimiter:
    """At most `most` open exports, `per_client` of them for one client, and `at_once` parallel store queries."""

    at_once: int = 2
    most: int = 64
    per_client: int = 8
    _open: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turns = threading.BoundedSemaphore(self.at_once)

    def open(self, client: str) -> None:
        """Register an export. Raises Busy."""
        with self._lock:
            if self._open[client] >= self.per_client:
                raise Busy("log export", f"You have {self.per_client} open exports. Wait until one of them ends.", 5.0)
            if self._open.total() >= self.most:
                raise Busy("log export", f"{self.most} exports are already open. Try again in a moment.", 5.0)
            self._open[client] += 1

    def close(self, client: str) -> None:
        """Unregister an export."""
        with self._lock:
            self._open[client] -= 1
            if self._open[client] <= 0:
                del self._open[client]

    def run(self, ask: Callable[[], T], seconds: float) -> T | None:
        """The result of `ask`, or None if no slot became free within `seconds`. Raises what `ask` raises."""
        if not self._turns.acquire(timeout=seconds):
            return None
        try:
            return ask()
        finally:
            self._turns.release()


def client_of(request: Request) -> str:
    """The client's address: the last one in X-Forwarded-For, which the proxy on this machine sets, else the peer."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded[:64] or request.remote_addr or ""
