"""Questions to stores: the same one is asked once, kept for its seconds, and never too many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, QueryRejected, SourceUnavailable
from queries.metrics.stats import Stats
from queries.search.results import Quality
from queries.stores.query_cache import Asking, Witness


@dataclass(frozen=True)
class Found:
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
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def search(self, text: str, *, deadline: Deadline) -> Found:
        with self._lock:
            self.asked.append(text)
            self._now += 1
            self.most = max(self.most, self._now)
        self.gate.wait(5)
        with self._lock:
            self._now -= 1
        if text == "bad":
            raise QueryRejected("No.")
        return Found(text, Quality(partial=text == "half"))

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
def asking(clock: Clock) -> Asking:
    return Asking(Stats(CollectorRegistry()), at_once=2, most=3, clock=clock)


def soon() -> Deadline:
    return Deadline.after(5)


def together(work: Callable[[], object], times: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    return threads


def test_an_answer_is_kept_for_its_seconds(asking: Asking, store: Store, clock: Clock) -> None:
    for clock.now in (0, 9.9, 10.1):
        assert asking(store.search, "a", deadline=soon(), seconds=10).value == "a"
    assert store.asked == ["a", "a"]


def test_a_partial_answer_is_kept_for_a_second(asking: Asking, store: Store, clock: Clock) -> None:
    for clock.now in (0, 0.9, 1.1):
        asking(store.search, "half", deadline=soon(), seconds=10)
    assert store.asked == ["half", "half"]


def test_what_is_over_is_let_go_and_long_answers_leave_room_for_few(store: Store, clock: Clock) -> None:
    asking = Asking(Stats(CollectorRegistry()), most=10, most_parts=5, clock=clock)
    asking(store.search, "a", deadline=soon(), seconds=1)
    clock.now = 2
    for number in range(4):
        asking(store.lines, number, deadline=soon(), seconds=10)
    assert [key[2] for key in asking._kept] == [(2,), (3,)]  # type: ignore[index]


def test_a_witness_knows_whether_an_answer_was_partial_or_failed(asking: Asking, store: Store) -> None:
    good, half, bad = (Witness(asking) for _ in range(3))
    good(store.search, "a", deadline=soon())
    half(store.search, "half", deadline=soon())
    with pytest.raises(QueryRejected):
        bad(store.search, "bad", deadline=soon())
    assert [good.doubtful, half.doubtful, bad.doubtful] == [False, True, True]


def test_an_error_is_not_kept(asking: Asking, store: Store) -> None:
    for _ in range(2):
        with pytest.raises(QueryRejected):
            asking(store.search, "bad", deadline=soon())
    assert store.asked == ["bad", "bad"]


def test_who_asks_the_same_meanwhile_shares_the_answer(asking: Asking, store: Store) -> None:
    store.gate.clear()
    answers: list[Found] = []
    threads = together(lambda: answers.append(asking(store.search, "a", deadline=soon())), 5)
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.asked == ["a"]
    assert [one.value for one in answers] == ["a"] * 5


def test_an_error_is_shared_too(asking: Asking, store: Store) -> None:
    store.gate.clear()
    errors: list[QueryRejected] = []

    def ask() -> None:
        try:
            asking(store.search, "bad", deadline=soon())
        except QueryRejected as error:
            errors.append(error)

    threads = together(ask, 3)
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.asked == ["bad"]
    assert len(errors) == 3


def test_who_waits_for_another_keeps_his_own_deadline(asking: Asking, store: Store) -> None:
    store.gate.clear()
    (thread,) = together(lambda: asking(store.search, "a", deadline=soon()), 1)
    with pytest.raises(SourceUnavailable, match="in time"):
        asking(store.search, "a", deadline=Deadline.after(0.05))
    store.gate.set()
    thread.join(5)


def test_no_more_than_so_many_are_asked_at_once(asking: Asking, store: Store) -> None:
    store.gate.clear()
    texts = iter("abcd")
    threads = together(lambda: asking(store.search, next(texts), deadline=soon()), 4)
    assert len(store.asked) == 2
    with pytest.raises(Busy):
        asking(store.search, "late", deadline=Deadline.after(0.05))
    store.gate.set()
    for thread in threads:
        thread.join(5)
    assert store.most == 2


def test_only_so_many_answers_are_kept(asking: Asking, store: Store) -> None:
    for text in "abcda":
        asking(store.search, text, deadline=soon())
    assert store.asked == list("abcda")


@pytest.mark.parametrize("error", [KeyError("sort"), IndexError(), TypeError(), ValueError(), RecursionError()])
def test_an_answer_of_an_unexpected_shape_is_a_typed_error_and_stands_in_the_log(
    asking: Asking, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd(Store):
        def search(self, text: str, *, deadline: Deadline) -> Found:
            raise error

    with pytest.raises(AnswerMalformed, match="is not understood"):
        asking(Odd().search, "x", deadline=Deadline.after(1))
    assert caplog.records[0].exc_info
