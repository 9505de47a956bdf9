"""The same thing is done once at a time, whoever asks; its error belongs to all of them."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from queries.core.errors import QueryError
from queries.core.single_flight import SingleFlight
from tests.servers import wait_until


def test_who_comes_meanwhile_gets_the_same_result_and_other_keys_do_not_wait() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    begun, gate = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert gate.wait(30)
        return 7

    with ThreadPoolExecutor() as pool:
        first = pool.submit(flight.run, "a", slow)
        assert begun.wait(30)
        others = [pool.submit(flight.run, "a", lambda: 8) for _ in range(3)]
        assert flight.run("b", lambda: 9) == (9, False)
        with pytest.raises(TimeoutError):
            flight.run("a", lambda: 8, 0.01)
        gate.set()
        assert first.result() == (7, False)
        assert {other.result() for other in others} <= {(7, True), (8, False), (8, True)}
    assert flight.busy == 0
    assert flight.run("a", lambda: 10) == (10, False)


def test_an_error_reaches_everybody_and_is_not_kept() -> None:
    flight: SingleFlight[str, int] = SingleFlight()

    def fail() -> int:
        raise QueryError("no")

    with pytest.raises(QueryError, match="no"):
        flight.run("a", fail)
    assert flight.run("a", lambda: 1) == (1, False)


def test_a_pool_can_be_closed_while_a_call_is_started_in_it() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    pool, busy, starting, go = ThreadPoolExecutor(1), threading.Event(), threading.Event(), threading.Event()
    pool.submit(busy.wait, 60)
    queued, _ = flight.share("a", lambda: pool.submit(lambda: 1))

    def start() -> Future[int]:
        starting.set()
        assert go.wait(30)
        return pool.submit(lambda: 2)

    def begin() -> None:
        with suppress(RuntimeError):  # the pool is closed
            flight.share("b", start)

    threads = [
        threading.Thread(target=begin, daemon=True),
        threading.Thread(target=lambda: pool.shutdown(wait=False, cancel_futures=True), daemon=True),
    ]
    for thread in threads:
        thread.start()
        assert starting.wait(30)
    wait_until(queued.cancelled)
    go.set()
    for thread in threads:
        thread.join(30)
    busy.set()

    assert not any(thread.is_alive() for thread in threads)
    assert flight.busy == 0
