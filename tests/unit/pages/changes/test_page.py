"""The page “What changed?”: the cause first, what is late or failed is said, other sources do not suffer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from pages.changes import load
from pages.changes.catalog import CALLS, QUESTIONS
from pages.changes.page import PAGE, render
from pages.changes.query import read
from pages.metric_reader import Answered, PanelQuery
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from panels.spec import Mark, Unit
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.core.time_range import Window, align
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.stats import Stats
from queries.stores.query_cache import QueryCache

NOW = 1_767_268_800
FROM, TO = NOW - 3_600, NOW
AWAY = SourceUnavailable("Prometheus", "Prometheus did not answer.", "Try again.")
PANEL = PanelQuery("Overview", "/overview", "errors", "Error rate", Unit.PERCENT, "errors", "")


@dataclass
class Reader:
    """Metrics in which the calls of one provider fail in the second half of the window."""

    failing: str = "anthropic"
    answer: Answered = EMPTY  # for everything else
    alerts_error: SourceUnavailable | None = None
    requests: list[tuple[str, Window]] = field(default_factory=list)
    calls: int = 0

    def window(self, start: int, end: int) -> Window:
        """Steps of a minute."""
        return align(start, end, 60, 15)

    def frames(self, windowed: Sequence[tuple[str, Window]], deadline: Deadline) -> list[Answered]:
        """Failed calls, calls, and the panel; the given answer for the rest."""
        self.requests += windowed
        self.calls += 1
        return [self._frame(template, window) for template, window in windowed]

    def _frame(self, template: str, window: Window) -> Answered:
        late = (window.times() > NOW - 1_800).astype(np.float64)
        if template == PANEL.template:
            return Frame(window.times(), ({},), 1 + 20 * late[None, :])
        if not self.failing or f"{CALLS}{{" not in template or "by (provider)" not in template:
            return self.answer
        labels = ({"provider": "anthropic"}, {"provider": "openai"})
        calls = np.full((2, window.points), 10.0)
        calls[0] *= 0.4 * late if "$failed" in template or "429" in template else 1
        calls[1] *= 0 if "$failed" in template or "429" in template else 1
        return Frame(window.times(), labels, calls)

    def panel_queries(self) -> tuple[PanelQuery, ...]:
        """One panel."""
        return (PANEL,)

    def marks(self, start: float, end: float) -> tuple[Mark, ...]:
        """A deployment in the middle of the window."""
        return (Mark(NOW - 1_800, "gateway 2.4.1"),)

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """One alert that began in the window."""
        if self.alerts_error is not None:
            raise self.alerts_error
        return (FiringAlert({"alertname": "ProviderErrors"}, {"summary": "Calls fail"}, NOW - 1_000, NOW),)


def url(**parameters: str) -> PageUrl:
    """An address of the page."""
    chosen = {"from": str(FROM), "to": str(TO), **parameters}
    return parse_url(PAGE.path, {name: [value] for name, value in chosen.items()}, NOW)


def session(reader: Reader | None) -> Session:
    """Metrics only."""
    cache = QueryCache(Stats(CollectorRegistry()))
    return Stores(cache, seconds=30.0, metrics=reader).session()


def test_the_failing_provider_is_named_with_its_onset_and_what_did_not_change() -> None:
    html = render(url(), session(Reader())).parts["hypotheses"]

    assert "<b>Provider anthropic</b>" in html
    assert "0 % → 40 %" in html
    assert "openai unchanged" in html
    assert html.index("anthropic") < html.index("openai")


def test_panels_are_ranked_with_links_to_their_board() -> None:
    html = render(url(), session(Reader())).parts["panels"]

    assert "/overview?from=" in html
    assert "#panel-errors" in html
    assert "Error rate" in html


def test_without_a_change_it_says_so() -> None:
    assert "Nothing got worse" in render(url(), session(Reader(failing=""))).parts["hypotheses"]


def test_late_answers_are_counted_and_asked_for_again() -> None:
    content = render(url(), session(Reader(failing="", answer=None)))

    assert "answers are on their way" in content.parts["hypotheses"]
    assert "data-again" in content.parts["hypotheses"]
    assert content.max_age <= 2


class SlowStore:
    """Logs or traces that answer when the gate opens."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *_: self.gate.wait(20) and None


def test_the_page_does_not_wait_for_slow_stores_and_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "ANSWER_SECONDS", 0.05)
    store: Any = SlowStore()
    content = render(url(), replace(session(Reader()), logs=store, traces=store))
    store.gate.set()

    assert "Provider anthropic" in content.parts["hypotheses"]
    for part in ("patterns", "traces"):
        assert "Still comparing…" in content.parts[part]
        assert "data-again" in content.parts[part]
    assert content.errors == {}
    assert content.max_age <= 2


def test_metrics_are_asked_for_by_one_call_that_begins_with_those_of_the_hypotheses() -> None:
    reader = Reader()
    render(url(), session(reader))

    templates = [template for template, _ in reader.requests]
    assert reader.calls == 1
    assert templates.index(PANEL.template) > max(
        templates.index(template) for question in QUESTIONS for template in question.templates
    )


def test_a_metric_that_failed_is_named_and_the_others_still_count() -> None:
    html = render(url(), session(Reader(answer=AWAY))).parts["hypotheses"]

    assert "Prometheus did not answer." in html
    assert "Provider anthropic" in html


def test_alerts_that_cannot_be_read_do_not_hide_the_rest() -> None:
    content = render(url(), session(Reader(alerts_error=AWAY)))

    assert "Alerts are not known" in content.parts["events"]
    assert "Provider anthropic" in content.parts["hypotheses"]


def test_an_alert_that_began_in_the_window_is_listed() -> None:
    assert "ProviderErrors" in render(url(), session(Reader())).parts["events"]


def test_a_deployment_in_the_window_is_listed_before_what_followed() -> None:
    html = render(url(), session(Reader())).parts["events"]

    assert html.index("gateway 2.4.1") < html.index("ProviderErrors")


def test_without_stores_the_page_says_which_are_missing() -> None:
    parts = render(url(), session(Reader())).parts

    assert "where the logs are" in parts["patterns"]
    assert "where the traces are" in parts["traces"]


def test_without_metrics_the_page_says_what_to_set() -> None:
    with pytest.raises(InvalidInput, match="metrics"):
        render(url(), session(None))


@pytest.mark.parametrize(("baseline", "shift"), [("", 3_600), ("day", 86_400), ("week", 604_800)])
def test_the_baseline_is_as_long_as_the_window(baseline: str, shift: int) -> None:
    query = read(url(baseline=baseline) if baseline else url())

    assert query.before.seconds == query.window.seconds
    assert query.window.start_ns - query.before.start_ns == shift * 10**9


@pytest.mark.parametrize(
    "parameters",
    [{"from": str(NOW - 400_000)}, {"from": str(NOW - 60)}, {"from": str(NOW - 100_000), "baseline": "day"}],
    ids=["too long", "too short", "overlapping"],
)
def test_ranges_that_cannot_be_compared_are_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        read(url(**parameters))


def test_both_windows_are_asked_at_once() -> None:
    reader = Reader()
    render(url(), session(reader))

    windows = {(window.start, window.end) for template, window in reader.requests if template == PANEL.template}
    assert windows == {(FROM - 3_600, TO)}


def test_another_baseline_is_a_question_of_its_own() -> None:
    reader = Reader()
    render(url(baseline="day"), session(reader))

    assert {window.end - window.start for _, window in reader.requests} == {TO - FROM}
