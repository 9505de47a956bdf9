"""Money against a real Prometheus: what was used while nothing was scraped is counted, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pages.expressions import RecordedGrowth, RecordedIncrease, growth
from panels import cost, prices
from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.profile import CODEAGENT
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.promql import expand
from queries.metrics.request import Request
from tests.integration.queries_kit import backfill, prometheus, running

pytestmark = pytest.mark.integration

PRICES = prices.load(None)
SCRAPE = 15
END = int(time.time()) // 3_600 * 3_600 - 3_600
START = END - 6 * 3_600
HOUR = 3_600
PER_SCRAPE = 1_500  # tokens: 100 a second

# What happens to a counter: when it is not scraped (begin, end) and when its process restarts, from START on.
Course = tuple[list[tuple[int, int]], list[int]]
COURSES: dict[str, Course] = {
    "whole": ([], []),
    "gap-in-a-step": ([(1_230, 1_410)], []),
    "gap-over-a-boundary": ([(1_380, 1_620)], []),
    "gap-of-two-hours": ([(4_000, 11_200)], []),
    "two-gaps": ([(3_000, 4_000), (9_000, 15_000)], []),
    "restart": ([], [7_300]),
    "restart-at-a-boundary": ([], [7_200]),
}


def is_scraped(second: int, gaps: list[tuple[int, int]]) -> bool:
    """Whether the counter is scraped at that second after START."""
    return not any(begin < second < end for begin, end in gaps)


def samples(name: str, gaps: list[tuple[int, int]], restarts: list[int], worker: int = 0) -> Iterator[str]:
    """One model's counter of completion tokens in a worker, scraped from an hour before START on."""
    labels = f'provider="openai",model="{name}",kind="completion",instance="a",job="gateway",pid="{worker}"'
    for second in range(-HOUR, END - START + 1, SCRAPE):
        begun = max([restart for restart in restarts if restart <= second], default=-HOUR)
        if is_scraped(second, gaps):
            count = (second - begun) // SCRAPE * PER_SCRAPE
            yield f"codeagent_llm_tokens_total{{{labels}}} {count} {START + second}"


# What a board asks, and what a recording rule does each minute.
GROWTH = growth("codeagent_llm_tokens_total", ("provider", "model", "kind"))
RULE = RecordedGrowth("codeagent_llm_tokens_total", ("provider", "model", "kind")).expr
RULE_BY_TENANT = RecordedIncrease("codeagent_llm_tokens_total", ("provider", "model", "kind")).expr
LOOKBACK = 300  # seconds, of the rule

Ask = Callable[[int, str], Frame]


@contextmanager
def history(folder: Path, courses: Mapping[str, list[Course]]) -> Iterator[Ask]:
    """A Prometheus with the courses of each model's workers; its answer to a template for a step of so many seconds."""
    lines = [
        line
        for name, workers in courses.items()
        for worker, (gaps, restarts) in enumerate(workers)
        for line in samples(name, gaps, restarts, worker)
    ]
    backfill(folder, "\n".join(["# TYPE codeagent_llm_tokens counter", *lines, "# EOF", ""]))
    with running(prometheus(folder)) as server:
        source = PrometheusSource(PrometheusSettings(server.url))

        def ask(step: int, template: str) -> Frame:
            window = Window(START + step, END, step)
            request = Request("prometheus", expand(template, window, {}, CODEAGENT), window)
            return source.range(request, Deadline.after(60)).frame

        yield ask
        source.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with history(tmp_path_factory.mktemp("cost"), {name: [course] for name, course in COURSES.items()}) as requested:
        yield requested


@pytest.mark.parametrize("step", [300, HOUR])
@pytest.mark.parametrize("name", COURSES)
def test_every_token_is_counted_once_whatever_was_not_scraped(ask: Ask, name: str, step: int) -> None:
    answer = ask(step, GROWTH).where(lambda labels: labels["model"] == name)

    whole = (END - START) // SCRAPE * PER_SCRAPE
    # At a restart nobody knows what was used since the last scrape: half of a step's rate is an estimate.
    tolerance = 2 * PER_SCRAPE if "restart" in name else 0
    assert abs(float(np.nansum(answer.values)) - whole) <= tolerance


@pytest.mark.parametrize("name", COURSES)
def test_a_recording_rule_counts_every_token_outside_gaps_that_are_longer_than_it_looks_back(
    ask: Ask, name: str
) -> None:
    answer = ask(60, RULE).where(lambda labels: labels["model"] == name)

    gaps, _ = COURSES[name]
    lost = sum(end - begin for begin, end in gaps if end - begin > LOOKBACK) // SCRAPE * PER_SCRAPE
    whole = (END - START) // SCRAPE * PER_SCRAPE
    assert abs(float(np.nansum(answer.values)) - (whole - lost)) <= 4 * PER_SCRAPE * max(len(gaps), 1)


@pytest.mark.parametrize("name", ["whole", "gap-in-a-step", "restart"])
def test_a_rule_by_tenant_counts_what_was_used_in_each_five_minutes(ask: Ask, name: str) -> None:
    answer = ask(300, RULE_BY_TENANT).where(lambda labels: labels["model"] == name)

    whole = (END - START) // SCRAPE * PER_SCRAPE
    assert float(np.nansum(answer.values)) == pytest.approx(whole, rel=0.01)


def test_workers_that_restart_at_different_times_cost_what_they_used(tmp_path: Path) -> None:
    # The sum of the workers' counters bounces: it falls at each restart.
    restarts = {"gpt-4o": [([], [5_000, 12_000])], "gpt-4o-mini": [([], [8_000])]}
    workers = {**restarts, "gpt-4o": [*restarts["gpt-4o"], ([], [9_500]), ([], [])]}
    with history(tmp_path, workers) as ask:
        frame = ask(300, GROWTH)

    (course,) = cost.cumulative((frame,), Window(START + 300, END, 300), PRICES)
    tokens = (END - START) // SCRAPE * PER_SCRAPE
    assert course.values[0, -1] == pytest.approx(tokens * (3 * 10 + 0.6) / 1e6, rel=0.01)


def test_a_restart_while_nothing_is_scraped_counts_what_was_used_since(tmp_path: Path) -> None:
    gap, restart = (4_000, 11_200), 11_000
    with history(tmp_path, {"gpt-4o": [([gap], [restart])]}) as ask:
        frame = ask(300, GROWTH)

    before = gap[0] // SCRAPE * PER_SCRAPE
    after = (END - START - restart) // SCRAPE * PER_SCRAPE
    (course,) = cost.cumulative((frame,), Window(START + 300, END, 300), PRICES)
    assert float(np.nansum(frame.values)) == pytest.approx(before + after, abs=PER_SCRAPE)
    assert course.values[0, -1] == pytest.approx((before + after) * 10 / 1e6, abs=PER_SCRAPE * 10 / 1e6)
