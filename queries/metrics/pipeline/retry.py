"""Ask again when nobody answered: reads only, after a random pause, within the deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from queries.core.errors import AccessDenied, Busy, CircuitOpen, SourceUnavailable
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.restart_watch import RestartWatch


def retry(inner: Handler, watches: Mapping[str, RestartWatch], retries: int, retry_pause: float) -> Handler:
    """Up to `retries` further tries, after pauses that double from `retry_pause` seconds.

    A backend that says when to come back is taken at its word.
    """

    def handle(call: Call) -> Reply:
        for attempt in range(retries + 1):
            try:
                return inner(call)
            except (CircuitOpen, AccessDenied):  # asking again changes neither
                raise
            except SourceUnavailable as error:
                watches[call.request.source].suspect()
                pause = _pause(error, retry_pause * 2**attempt)
                if attempt == retries or pause >= call.deadline.remaining:
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return handle


def _pause(error: SourceUnavailable, longest: float) -> float:
    """Seconds: at least what the backend wants. Random, so that those who failed together do not return together."""
    retry_after = error.retry_after if isinstance(error, Busy) else 0.0
    return retry_after + random.uniform(longest / 2, longest)
