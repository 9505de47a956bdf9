"""The stores as one page asks them: one deadline, several questions at a time, each with its own outcome."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from pages.session import Session, Stores
from pages.store_call import Late
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.metrics.stats import Stats
from queries.stores.query_cache import QueryCache


def session(seconds: float = 5.0) -> Session:
    return Stores(QueryCache(Stats(CollectorRegistry())), seconds=seconds).session()


def test_questions_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet() -> int:
        return both.wait()

    page = session()
    calls = [page.call(meet), page.call(meet)]
    assert sorted(call.result().get() for call in calls) == [0, 1]


def test_one_that_fails_stops_no_other() -> None:
    page = session()

    def fail() -> Any:
        raise SourceUnavailable("traces", "Away.")

    failed, fine = page.call(fail), page.call(lambda: 1)
    assert fine.result().get() == 1
    with pytest.raises(SourceUnavailable, match="Away"):
        failed.result().get()


def test_one_that_is_late_is_not_waited_for_beyond_the_deadline() -> None:
    page, gate = session(0.05), threading.Event()
    call = page.call(lambda: gate.wait(10))
    with pytest.raises(SourceUnavailable, match="not enough time"):
        call.result().get()
    gate.set()


def test_one_that_is_late_can_be_left_to_go_on() -> None:
    page, gate = session(), threading.Event()
    call = page.call(lambda: gate.wait(10))
    with pytest.raises(Late):
        call.result_by(Deadline.after(0.01)).get()
    gate.set()
    assert call.result().get() is True


def test_a_page_knows_when_it_misses_a_store() -> None:
    with pytest.raises(InvalidInput, match="where the logs are"):
        session().need_logs()
    with pytest.raises(InvalidInput, match="where the traces are"):
        session().need_traces()


def test_each_page_has_its_own_deadline_and_tracker() -> None:
    stores = Stores(QueryCache(Stats(CollectorRegistry())))
    first, second = stores.session(), stores.session()
    assert first.tracker is not second.tracker
    assert first.deadline.expires_at < second.deadline.expires_at
