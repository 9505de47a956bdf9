"""A store is away when a small question fails too, and back as soon as one is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import CircuitOpen, InvalidInput, LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.stores.health import StoreHealth
from tests.servers import wait_until

LATE = SourceUnavailable("store", "The store did not answer in time.")


class Backend:
    """Answers the small question, or not."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.checks = 0
        self.turn = threading.Semaphore(0)

    def check(self, deadline: Deadline) -> None:
        self.checks += 1
        if self.error:
            raise self.error

    def pause(self, seconds: float) -> None:
        self.turn.acquire(timeout=5)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def health(backend: Backend) -> StoreHealth:
    return StoreHealth("store", backend.check, pause=backend.pause)


def settled(backend: Backend, checks: int) -> Callable[[], bool]:
    return lambda: backend.checks >= checks


def test_one_question_that_was_too_large_does_not_stop_the_others(health: StoreHealth, backend: Backend) -> None:
    health.failed(LATE)
    wait_until(settled(backend, 1))
    health.admit()
    assert not health.is_away


@pytest.mark.parametrize(
    "error", [SourceUnavailable("store", "Refused."), LimitExceeded("Too large."), TypeError("odd")]
)
def test_away_with_the_first_reason_until_it_answers(health: StoreHealth, backend: Backend, error: Exception) -> None:
    backend.error = error
    health.failed(LATE)
    wait_until(lambda: health.is_away)
    with pytest.raises(CircuitOpen, match="did not answer in time"):
        health.admit()
    backend.error = None
    backend.turn.release()
    wait_until(lambda: not health.is_away)
    health.admit()


def test_many_failures_are_one_watch(health: StoreHealth, backend: Backend) -> None:
    backend.error = LATE
    for _ in range(20):
        health.failed(LATE)
    wait_until(lambda: health.is_away)
    assert backend.checks == 1


def test_it_is_watched_again_after_it_came_back(health: StoreHealth, backend: Backend) -> None:
    for _ in range(2):
        backend.error = LATE
        health.failed(LATE)
        wait_until(lambda: health.is_away)
        backend.error = None
        backend.turn.release()
        wait_until(lambda: not health.is_away)
    assert backend.checks == 4


@pytest.mark.parametrize("error", [InvalidInput("q", "No."), QueryRejected("No.")])
def test_a_question_that_was_refused_is_no_doubt(health: StoreHealth, backend: Backend, error: QueryError) -> None:
    health.failed(error)
    assert backend.checks == 0
    assert not health.is_away
