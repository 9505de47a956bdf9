"""Questions to stores: the same one is asked once, kept for its seconds, and never too many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, CircuitOpen, QueryRejected, SourceUnavailable
from queries.metrics.stats import Stats
from queries.search.results import Quality
from queries.stores.health import StoreHealth
from queries.stores.query_cache import Answers, PartialResultTracker, QueryCache, Source, Uncached
from tests.servers import wait_until


@dataclass(frozen=True)
class Page:
    """An answer."""

    value: str
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class Lines:
    """A long answer."""

    lines: tuple[int, ...]


class Store:
    """Answers when it is told to."""

    name = "store"

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def search(self, text: str, *, deadline: Deadline) -> Page:
        with self._lock:
            self.requests.append(text)
            self._now += 1
            self.most = max(self.most, self._now)
        self.gate.wait(5)
        with self._lock:
            self._now -= 1
        if text == "bad":
            raise QueryRejected("No.")
        return Page(text, Quality(partial=text == "half"))

    def lines(self, number: int, *, deadline: Deadline) -> Lines:
        return Lines((number, number))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> QueryCache:
    return QueryCache(Stats(CollectorRegistry()), at_once=2, most=3, clock=clock)


def soon() -> Deadline:
    return Deadline.after(5)


def cached_call(
    answers: Answers,
    method: Callable[..., Any],
    *question: object,
    deadline: Deadline,
    seconds: float = 10.0,
    health: StoreHealth | None = None,
) -> Any:
    """As a cached store asks."""
    key = (method.__name__, question)
    return answers.get(Source("store", health), key, lambda: method(*question, deadline=deadline), deadline, seconds)


def together(work: Callable[[], object], times: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    return threads


def test_an_answer_is_kept_for_its_seconds(cache: QueryCache, store: Store, clock: Clock) -> None:
    for clock.now in (0, 9.9, 10.1):
        assert cached_call(cache, store.search, "a", deadline=soon(), seconds=10).value == "a"
    assert store.requests == ["a", "a"]


def test_a_partial_answer_is_kept_for_a_second(cache: QueryCache, store: Store, clock: Clock) -> None:
    for clock.now in (0, 0.9, 1.1):
        cached_call(cache, store.search, "half", deadline=soon(), seconds=10)
    assert store.requests == ["half", "half"]


def test_what_is_over_is_let_go_and_long_answers_leave_room_for_few(store: Store, clock: Clock) -> None:
    cache = QueryCache(Stats(CollectorRegistry()), most=10, most_parts=5, clock=clock)
    cached_call(cache, store.search, "a", deadline=soon(), seconds=1)
    clock.now = 2
    for number in range(4):
        cached_call(cache, store.lines, number, deadline=soon(), seconds=10)
    assert [key[1][1] for key in cache._results] == [(2,), (3,)]  # type: ignore[index]


def test_the_tracker_of_a_page_knows_whether_an_answer_was_partial_or_failed(cache: QueryCache, store: Store) -> None:
    good, half, bad = (PartialResultTracker(cache) for _ in range(3))
    cached_call(good, store.search, "a", deadline=soon())
    cached_call(half, store.search, "half", deadline=soon())
    with pytest.raises(QueryRejected):
        cached_call(bad, store.search, "bad", deadline=soon())
    assert [good.doubtful, half.doubtful, bad.doubtful] == [False, True, True]


def test_an_error_is_not_kept(cache: QueryCache, store: Store) -> None:
    for _ in range(2):
        with pytest.raises(QueryRejected):
            cached_call(cache, store.search, "bad", deadline=soon())
    assert store.requests == ["bad", "bad"]


def test_who_asks_the_same_meanwhile_shares_the_answer(cache: QueryCache, store: Store) -> None:
    store.gate.clear()
    answers: list[Page] = []
    threads = together(lambda: answers.append(cached_call(cache, store.search, "a", deadline=soon())), 5)
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.requests == ["a"]
    assert [answer.value for answer in answers] == ["a"] * 5


def test_an_error_is_shared_too(cache: QueryCache, store: Store) -> None:
    store.gate.clear()
    errors: list[QueryRejected] = []

    def ask() -> None:
        try:
            cached_call(cache, store.search, "bad", deadline=soon())
        except QueryRejected as error:
            errors.append(error)

    threads = together(ask, 3)
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.requests == ["bad"]
    assert len(errors) == 3


def test_who_waits_for_another_keeps_his_own_deadline(cache: QueryCache, store: Store) -> None:
    store.gate.clear()
    (thread,) = together(lambda: cached_call(cache, store.search, "a", deadline=soon()), 1)
    with pytest.raises(SourceUnavailable, match="in time"):
        cached_call(cache, store.search, "a", deadline=Deadline.after(0.05))
    store.gate.set()
    thread.join(5)


def test_no_more_than_so_many_are_asked_at_once(cache: QueryCache, store: Store) -> None:
    store.gate.clear()
    texts = iter("abcd")
    threads = together(lambda: cached_call(cache, store.search, next(texts), deadline=soon()), 4)
    assert len(store.requests) == 2
    with pytest.raises(Busy):
        cached_call(cache, store.search, "late", deadline=Deadline.after(0.05))
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.most == 2


def test_only_so_many_answers_are_kept(cache: QueryCache, store: Store) -> None:
    for text in "abcda":
        cached_call(cache, store.search, text, deadline=soon())
    assert store.requests == list("abcda")


@pytest.mark.parametrize("error", [KeyError("sort"), IndexError(), TypeError(), ValueError(), RecursionError()])
def test_an_answer_of_an_unexpected_shape_is_a_typed_error_and_stands_in_the_log(
    cache: QueryCache, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd(Store):
        def search(self, text: str, *, deadline: Deadline) -> Page:
            raise error

    with pytest.raises(AnswerMalformed, match="is not valid"):
        cached_call(cache, Odd().search, "x", deadline=Deadline.after(1))
    assert caplog.records[0].exc_info


def test_a_failure_for_want_of_anothers_time_is_not_ours(cache: QueryCache) -> None:
    class Slow(Store):
        def search(self, text: str, *, deadline: Deadline) -> Page:
            self.requests.append(text)
            if len(self.requests) == 1:  # it began late: its page has no time left for this question
                time.sleep(0.2)
                raise SourceUnavailable("store", "The store did not answer in time.")
            return Page(text)

    slow = Slow()

    def late() -> None:
        with pytest.raises(SourceUnavailable):
            cached_call(cache, slow.search, "a", deadline=Deadline.after(0.2))

    (thread,) = together(late, 1)
    assert cached_call(cache, slow.search, "a", deadline=soon()).value == "a"
    thread.join(5)


def test_a_store_that_is_known_to_be_away_is_not_asked(cache: QueryCache, store: Store) -> None:
    away = threading.Event()

    def check(deadline: Deadline) -> None:
        away.set()
        raise SourceUnavailable("store", "Refused.")

    health = StoreHealth("store", check, pause=lambda _: threading.Event().wait(5))
    health.failed(SourceUnavailable("store", "The store did not answer in time."))
    assert away.wait(5)
    wait_until(lambda: health.is_away)
    for answers in (cache, Uncached()):
        with pytest.raises(CircuitOpen, match="The store did not answer in time"):
            cached_call(answers, store.search, "a", deadline=soon(), health=health)
    assert store.requests == []


def test_what_is_kept_is_handed_out_while_the_store_is_away(cache: QueryCache, store: Store) -> None:
    health = StoreHealth("store", check=lambda _: None)
    assert cached_call(cache, store.search, "a", deadline=soon(), health=health).value == "a"
    health._cause = SourceUnavailable("store", "Away.")
    assert cached_call(cache, store.search, "a", deadline=soon(), health=health).value == "a"
