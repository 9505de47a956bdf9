"""The circuit opens after failures in a row, lets one probe through, and closes when it succeeds."""

from __future__ import annotations

import pytest

from queries.core.circuit_breaker import Circuit, CircuitBreaker, ConcurrencyLimiter, SourceHealth
from queries.core.deadline import Deadline
from queries.core.errors import CircuitOpen, SourceUnavailable


class Time:
    """A monotonic clock that tests move."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> CircuitBreaker:
    return CircuitBreaker(failures=3, seconds=10, longest=40, clock=time)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.failed()


def test_it_opens_after_failures_in_a_row(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 3)
    assert breaker.state is Circuit.OPEN
    assert not breaker.admit()


def test_one_probe_at_a_time_may_pass(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker, 3)
    time.now += 13
    assert breaker.state is Circuit.HALF_OPEN
    assert breaker.admit()
    assert not breaker.admit()
    breaker.succeeded()
    assert breaker.state is Circuit.CLOSED
    assert breaker.admit()


def test_pauses_double_up_to_the_longest(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker, 3)
    pauses = [breaker.wait]
    for _ in range(4):
        time.now += 100
        fail(breaker, 1)
        pauses.append(breaker.wait)
    for pause, expected in zip(pauses, (10, 20, 40, 40, 40), strict=True):
        assert 0.8 * expected <= pause <= 1.2 * expected


def test_late_failures_of_requests_admitted_before_do_not_prolong_the_pause(
    breaker: CircuitBreaker, time: Time
) -> None:
    fail(breaker, 3)
    wait = breaker.wait
    breaker.failed()
    assert breaker.wait == wait


def test_a_gate_gives_up_when_no_slot_comes_free_in_time(breaker: CircuitBreaker) -> None:
    limiter = ConcurrencyLimiter("p", 1, breaker)
    limiter.enter(Deadline.after(1))
    with pytest.raises(SourceUnavailable, match="are running"):
        limiter.enter(Deadline.after(0.01))
    limiter.leave(answered=True)
    limiter.enter(Deadline.after(0.01))


def test_an_open_circuit_gives_its_slot_back(breaker: CircuitBreaker) -> None:
    limiter = ConcurrencyLimiter("p", 1, breaker)
    fail(breaker, 3)
    for _ in range(3):
        with pytest.raises(CircuitOpen):
            limiter.enter(Deadline.after(0.01))


def test_a_gate_is_silent_while_nothing_that_is_under_way_ends(time: Time) -> None:
    limiter = ConcurrencyLimiter("prometheus", 2, CircuitBreaker(3, 1.0, 10.0), monotonic=time)
    limiter.enter(Deadline.after(1))
    time.now += 5
    limiter.enter(Deadline.after(1))
    assert limiter.silent_seconds == 5
    limiter.leave(answered=True)
    assert limiter.silent_seconds == 0
    time.now += 3
    assert limiter.silent_seconds == 3
    limiter.leave(answered=True)
    assert limiter.silent_seconds == 0


def test_a_source_fails_from_its_first_failure_until_an_answer() -> None:
    clock = iter([10.0, 20.0, 30.0, 40.0])
    limiter = ConcurrencyLimiter("prometheus", 2, CircuitBreaker(9, 1.0, 10.0), lambda: next(clock))
    for answered in (True, False, False, True):
        limiter.enter(Deadline.after(1))
        limiter.leave(answered)
        if not answered:
            assert limiter.health == SourceHealth(failing_since=20.0, answered=10.0)
    assert limiter.health.failing_since is None
