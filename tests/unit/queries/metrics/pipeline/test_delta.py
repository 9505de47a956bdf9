"""Legs of a long range end with the engine: none of them keeps a thread waiting."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.cache.intervals import PointRange
from queries.metrics.pipeline.base import Call, Reply
from queries.metrics.pipeline.delta import delta
from queries.metrics.pipeline.policy import FreshnessPolicy
from queries.metrics.request import Request
from queries.metrics.settings import EngineSettings
from tests.servers import wait_until


def test_a_fetch_ends_when_its_legs_are_cancelled() -> None:
    legs, fetches = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    begun, go = threading.Event(), threading.Event()

    def leg(_call: Call) -> Reply:
        begun.set()
        assert go.wait(30)
        return Reply()

    policy = FreshnessPolicy(EngineSettings(), lambda: 0.0, {})
    handle = delta(leg, policy, {"prometheus": legs}, split_points=10)
    call = Call(
        Request("prometheus", "up", Window(0, 600, 15)), Deadline.after(30), "backend", gaps=(PointRange(0, 40),)
    )
    fetch = fetches.submit(handle, call)
    assert begun.wait(30)
    wait_until(lambda: legs._work_queue.qsize() >= 3)
    legs.shutdown(wait=False, cancel_futures=True)
    go.set()

    with pytest.raises(CancelledError):
        fetch.result(30)
    fetches.shutdown()
