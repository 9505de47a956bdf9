"""Metadata passes the limiter of queries, is asked once for everybody, and never opens the circuit by itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from queries.core.circuit_breaker import CircuitBreaker, ConcurrencyLimiter
from queries.core.deadline import Deadline
from queries.core.errors import CircuitOpen, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.metadata import Metadata
from tests.formula import Formula

WINDOW = Window(1_000, 1_600, 15)


@dataclass
class Labels(Formula):
    """A source that counts its questions, and waits until it may answer."""

    windows: list[Window] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    is_broken: bool = False

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        self.windows.append(window)
        assert self.go.wait(30)
        if self.is_broken:
            raise SourceUnavailable(self.name, "away")
        return ("a", "b")


@pytest.fixture
def source() -> Labels:
    labels = Labels([1_700_000_000.0])
    labels.go.set()
    return labels


def limiter(slots: int = 2) -> ConcurrencyLimiter:
    return ConcurrencyLimiter("formula", slots, CircuitBreaker(2, 60, 60))


def test_the_same_question_is_asked_once_for_everybody(source: Labels) -> None:
    metadata = Metadata(source, limiter())
    source.go.clear()
    with ThreadPoolExecutor(20) as viewers:
        requested = [
            viewers.submit(metadata.label_values, "x", "", Window(1_000 + n % 3, 1_600 - n % 3, 15), Deadline.after(30))
            for n in range(20)
        ]
        source.go.set()
        assert {answer.result() for answer in requested} == {("a", "b")}
    metadata.label_values("x", "", WINDOW, Deadline.after(30))
    assert source.windows == [Window(1_000, 1_600, 10)]


def test_it_takes_a_slot_of_the_queries(source: Labels) -> None:
    item = limiter(1)
    item.enter(Deadline.after(1))
    with pytest.raises(SourceUnavailable, match="are running"):
        Metadata(source, item).label_values("x", "", WINDOW, Deadline.after(0.01))
    item.leave(True)
    assert Metadata(source, item).label_values("x", "", WINDOW, Deadline.after(30)) == ("a", "b")


def test_it_is_not_asked_while_the_circuit_is_open_and_its_own_failures_do_not_open_it(source: Labels) -> None:
    item = limiter()
    metadata = Metadata(source, item)
    source.is_broken = True
    for _ in range(5):
        with pytest.raises(SourceUnavailable, match="away"):
            metadata.label_values("x", "", WINDOW, Deadline.after(30))
    item.enter(Deadline.after(1))
    item.leave(False, "It is gone.")
    item.enter(Deadline.after(1))
    item.leave(False, "It is gone.")
    requested = len(source.windows)
    for question in (metadata.started_at, metadata.alerts, metadata.targets):
        with pytest.raises(CircuitOpen, match="It is gone"):
            question(Deadline.after(1))
    with pytest.raises(CircuitOpen):
        metadata.label_values("x", "", WINDOW, Deadline.after(30))
    assert len(source.windows) == requested
