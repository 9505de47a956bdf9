"""Fetches under way in this process, so that nobody starts what somebody already does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from queries.metrics.cache.intervals import Span, intersect
from queries.metrics.request import Request

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _Flight:
    span: Span
    landed: threading.Event = field(default_factory=threading.Event)


class Flights(Generic[T]):
    """Joins twice: the same request shares one future; overlapping requests of one entry take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: dict[Request, Future[T]] = {}
        self._spans: dict[str, list[_Flight]] = {}

    @property
    def busy(self) -> int:
        """How many different requests are under way."""
        return len(self._futures)

    def share(self, request: Request, start: Callable[[], Future[T]]) -> tuple[Future[T], bool]:
        """The future of this very request, and whether it was under way already."""
        with self._lock:
            known = self._futures.get(request)
            if known is not None and not known.done():
                return known, True
            future = self._futures[request] = start()
        future.add_done_callback(lambda done: self._forget(request, done))
        return future, False

    def enter(self, key: str, span: Span) -> threading.Event | Callable[[], None]:
        """An event to wait for while an overlapping fetch of the entry runs; else the function that ends ours."""
        with self._lock:
            under_way = self._spans.setdefault(key, [])
            for other in under_way:
                if intersect(other.span, span):
                    return other.landed
            mine = _Flight(span)
            under_way.append(mine)
        return lambda: self._leave(key, mine)

    def _leave(self, key: str, flight: _Flight) -> None:
        with self._lock:
            self._spans[key].remove(flight)
            if not self._spans[key]:
                del self._spans[key]
        flight.landed.set()

    def _forget(self, request: Request, future: Future[T]) -> None:
        with self._lock:
            if self._futures.get(request) is future:
                del self._futures[request]
