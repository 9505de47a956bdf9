"""Notices that a backend was restarted, perhaps with an empty disk: what was fetched before proves nothing then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from queries.deadline import Deadline
from queries.errors import QueryError
from queries.sources.base import Source

_EVERY: Final = 15.0  # seconds between looks, one light request each
_SELDOM: Final = 300.0  # seconds, for a backend that does not tell
_SECONDS: Final = 1.0  # for one look


class RestartWatch:
    """`floor` is when the youngest process seen behind the source started, in epoch seconds.

    Behind a load balancer each replica has a start of its own; the youngest counts, so that a rolling restart
    empties the cache once per replica and not with every request.
    """

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self.floor = 0.0

    def look(self) -> None:
        """Ask for the start time if it is due; never raises."""
        with self._lock:
            if self._clock() < self._next:
                return
            self._next = self._clock() + _EVERY
        try:
            started = self._source.started_at(Deadline.after(_SECONDS))
        except (QueryError, ValueError):
            started = 0.0
        with self._lock:
            self.floor = max(self.floor, started)
            if not started:
                self._next = self._clock() + (_EVERY if self.floor else _SELDOM)

    def suspect(self) -> None:
        """Something failed: look again before trusting what is held."""
        with self._lock:
            if self.floor:
                self._next = 0.0
