"""Which metrics an expression asks for, and how a diagnosis keeps out of the way of a slow backend."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.diagnose import Diagnostician, Question, Why, examine
from queries.metrics.request import Request
from queries.metrics.source import Fetched, Target


@dataclass
class Slow:
    """A source whose metadata nobody gets."""

    name: str = "slow"
    identity: str = "slow"
    requests: list[str] = field(default_factory=list)

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        raise NotImplementedError

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ()

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ()

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        self.requests.append(metric)
        raise SourceUnavailable(self.name, "too slow")

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        return 15

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        return ()

    def started_at(self, deadline: Deadline) -> float:
        return 0.0


@dataclass
class Brief(Slow):
    """A source whose metrics had their last sample at 700."""

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ("metric",) if window.start <= 700 <= window.end else ()

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        return bool(self.label_values("__name__", metric, window, deadline))


@pytest.mark.parametrize("expr", ["metric_x", "increase(metric_x[300s])", "rate(metric_x[600s])"])
def test_one_instant_has_seen_all_that_the_expression_looks_back_at(expr: str) -> None:
    # An instant that lies ahead, as the first step of a day does in its first minutes.
    result = examine(Brief(), Question(expr), Window(900, 900, 300), {}, Deadline.after(1))
    assert result.why is Why.NOTHING_HAPPENED


@dataclass
class Plain(Slow):
    """A source with one metric that has no label but `job`."""

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return () if "status" in match or "error_type" in match else ("calls_total",)

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        return True


def test_a_label_that_the_metric_does_not_have_is_named() -> None:
    result = examine(
        Plain(), Question('rate(calls_total{status=~"5.."}[60s])'), Window(0, 600, 15), {}, Deadline.after(1)
    )
    assert result.why is Why.NO_MATCH
    assert "no label “status”" in result.sentence


def test_a_label_whose_absence_means_that_all_went_well_is_not_missed() -> None:
    result = examine(
        Plain(), Question('rate(calls_total{error_type!=""}[60s])'), Window(0, 600, 15), {}, Deadline.after(1)
    )
    assert result.why is Why.NOTHING_HAPPENED


def test_after_one_unanswered_question_the_other_panels_are_not_kept_waiting() -> None:
    now, source = [0.0], Slow()
    diagnostician = Diagnostician(clock=lambda: now[0])
    results = [diagnostician.diagnose(source, Request("slow", f"metric_{n}", Window(0, 60, 15))) for n in range(5)]
    assert all(match.why is Why.UNKNOWN for match in results)
    assert source.requests == ["metric_0"]
    now[0] += 11
    diagnostician.diagnose(source, Request("slow", "metric_5", Window(0, 60, 15)))
    assert source.requests == ["metric_0", "metric_5"]


@dataclass
class Waiting(Slow):
    """A source that has just got its only target."""

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        return False

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        return (Target("gateway", "a:1", up=False),)


def test_a_target_that_was_not_scraped_yet_is_not_down() -> None:
    result = examine(Waiting(), Question("rate(x_total[60s])"), Window(0, 600, 15), {}, Deadline.after(1))
    assert result.why is Why.NEVER_EXPORTED
    assert "has not been scraped" in result.sentence
