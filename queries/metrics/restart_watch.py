"""Notices that a backend was restarted, perhaps with an empty disk: what was fetched before proves nothing then."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.metrics.source import Source

_EVERY: Final = 15.0  # seconds between looks, one light request each
_SELDOM: Final = 300.0  # seconds, for a backend that does not tell
_SECONDS: Final = 1.0  # for one look
_RECHECK: Final = 60.0  # seconds between sentinels of one entry, where the backend does not tell when it started
_MOST: Final = 4_096  # entries whose last sentinel is remembered


class RestartWatch:
    """`floor` is when the youngest process seen behind the source started, in epoch seconds.

    Behind a load balancer each replica has a start of its own; the youngest counts, so that a rolling restart
    empties the cache once per replica and not with every request.
    """

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._next = 0.0
        self._rechecked: OrderedDict[str, float] = OrderedDict()
        self.floor = 0.0

    def look(self) -> None:
        """Ask for the start time if it is due, or wait for whoever asks just now; never raises."""
        if not self._claimed():
            self._idle.wait(_SECONDS)
            return
        try:
            started = self._source.started_at(Deadline.after(_SECONDS))
            with self._lock:
                self.floor = max(self.floor, started)
        except (QueryError, ValueError):
            started = 0.0
        finally:
            self._idle.set()
        if not started:
            with self._lock:
                self._next = self._clock() + (_EVERY if self.floor else _SELDOM)

    def is_due(self, key: str) -> bool:
        """Whether an entry must be confirmed before it is shown: a look is due, or under way, or a sentinel is.

        Says so once in its time for each entry, and not for the first time: the entry has just been fetched then.
        """
        with self._lock:
            now = self._clock()
            if now >= self._next or not self._idle.is_set():
                return True
            if self.floor:
                return False
            last = self._rechecked.setdefault(key, now)
            if now - last >= _RECHECK:
                self._rechecked[key] = now
            self._rechecked.move_to_end(key)
            if len(self._rechecked) > _MOST:
                self._rechecked.popitem(last=False)
            return now - last >= _RECHECK

    def suspect(self) -> None:
        """Something failed, perhaps a sentinel: look again before trusting what is held."""
        with self._lock:
            if self.floor:
                self._next = 0.0
            for key in self._rechecked:
                self._rechecked[key] = -math.inf

    def _claimed(self) -> bool:
        with self._lock:
            if self._clock() < self._next or not self._idle.is_set():
                return False
            self._next = self._clock() + _EVERY
            self._idle.clear()
            return True
