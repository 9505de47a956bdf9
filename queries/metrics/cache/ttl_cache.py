"""Things remembered for seconds: refusals, and answers that must not enter the cache."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from queries.core.errors import QueryError
from queries.metrics.request import Request


class Brief:
    """Values by request, each until a moment of the monotonic clock; bounded in number."""

    def __init__(self, most: int = 512, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._values: OrderedDict[Request, tuple[float, Any]] = OrderedDict()

    def get(self, request: Request) -> Any:
        """The remembered value, or None."""
        with self._lock:
            until, value = self._values.get(request, (0.0, None))
            if value is not None and self._clock() >= until:
                del self._values[request]
                return None
            return value

    def put(self, request: Request, value: Any, seconds: float) -> None:
        """Remember a value for that long; an error without the frames that it passed."""
        if isinstance(value, QueryError):
            value = value.without_frames()
        with self._lock:
            self._values[request] = (self._clock() + seconds, value)
            self._values.move_to_end(request)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
