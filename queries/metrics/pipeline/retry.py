"""Ask again when nobody answered: reads only, after a random pause, within the deadline."""

from __future__ import annotations

import random
import time

from queries.core.errors import AccessDenied, Busy, CircuitOpen, SourceUnavailable
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply


def retry(parts: Parts, inner: Handler) -> Handler:
    """Up to `retries` further tries; a backend that says when to come back is taken at its word."""
    settings = parts.settings

    def handle(call: Call) -> Reply:
        for attempt in range(settings.retries + 1):
            try:
                return inner(call)
            except (CircuitOpen, AccessDenied):  # asking again changes neither
                raise
            except SourceUnavailable as error:
                parts.watches[call.request.source].suspect()
                pause = _pause(error, settings.retry_pause * 2**attempt)
                if attempt == settings.retries or pause >= call.deadline.remaining:
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return handle


def _pause(error: SourceUnavailable, longest: float) -> float:
    """Seconds: never less than asked for, and random, so that those who failed together do not return together."""
    asked = error.retry_after if isinstance(error, Busy) else 0.0
    return asked + random.uniform(longest / 2, longest)
