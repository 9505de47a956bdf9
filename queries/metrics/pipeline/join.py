"""One fetch for everybody who misses the same points: threads of this process first, then other processes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Final

from queries.core.errors import SourceUnavailable
from queries.metrics.cache.in_flight import InFlightRanges
from queries.metrics.cache.lease import Leases
from queries.metrics.pipeline.answers import AnswerCache
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.request import Origin

_POLL: Final = (0.01, 0.1)  # seconds between looks for another process' answer, growing


def join(inner: Handler, answers: AnswerCache, turns: InFlightRanges, leases: Leases) -> Handler:
    """Wait for an overlapping fetch of the same entry, then look again; fetch only what is still missing."""

    def handle(call: Call) -> Reply:
        while True:
            turn = turns.enter(call.key, call.span)
            if not isinstance(turn, threading.Event):
                break
            _wait(turn, call)
            if (reply := answers.lookup(call)) is not None:
                answers.stats.joined.labels("process").inc()
                return replace(reply, origin=Origin.JOINED)
        try:
            return _leased(inner, call, answers, leases)
        finally:
            turn()

    return handle


def _leased(inner: Handler, call: Call, answers: AnswerCache, leases: Leases) -> Reply:
    """Among processes: whoever has the lease asks; the others watch the shared tier until it is there."""
    pause = _POLL[0]
    while (release := leases.acquire(call.key)) is None:
        if call.deadline.passed:
            raise SourceUnavailable(call.request.source, f"{call.request.source} has not answered another worker yet.")
        time.sleep(pause)
        pause = min(2 * pause, _POLL[1])
        if (reply := answers.lookup(call, shared=True)) is not None:
            answers.stats.joined.labels("shared").inc()
            return replace(reply, origin=Origin.JOINED)
    try:
        return inner(call)
    finally:
        release()


def _wait(landed: threading.Event, call: Call) -> None:
    if not landed.wait(call.deadline.remaining):
        raise SourceUnavailable(call.request.source, f"{call.request.source} has not answered yet.")
