"""When alerts fired, for the charts that they are about: one query, spans by panel and filter."""

from __future__ import annotations

import numpy as np

from app.firing_spans import board_firings, request_of
from pages import BOARDS
from panels.spec import Firing, Status
from queries.core.time_range import Window
from queries.metrics.frame import Frame

WINDOW = Window(6_000, 9_600, 60)
PANELS = BOARDS["providers"].panels


def frame(*series: tuple[dict[str, str], range]) -> Frame:
    """Series of ALERTS that fire from one minute of the window to another, four evaluations in each."""
    times = np.arange(WINDOW.start, WINDOW.end + 1, WINDOW.step, dtype=np.int64)
    values = np.full((len(series), times.size), np.nan)
    for row, (_, minutes) in enumerate(series):
        values[row, list(minutes)] = 4.0
    return Frame(times, tuple(labels for labels, _ in series), values)


def slow(provider: str, severity: str = "high") -> dict[str, str]:
    return {"alertname": "ProviderSlow", "alertstate": "firing", "severity": severity, "provider": provider}


def spans(answer: Frame, panel: str = "latency", **filters: list[str]) -> tuple[Firing, ...]:
    return board_firings("providers", WINDOW, answer).spans(panel, filters)


def test_a_board_asks_for_the_rules_about_the_panels_that_are_shown() -> None:
    (tokens,) = (panel for panel in PANELS if panel.id == "tokens")
    request = request_of("providers", [tokens], "prometheus", "team", WINDOW)

    assert request is not None
    assert request.expr == (
        'count_over_time(ALERTS{alertstate="firing",alertname=~"TokenExplosion|UnpricedTokens"}[60s])'
    )
    assert (request.window, request.tenant) == (WINDOW, "team")


def test_panels_that_no_rule_is_about_need_no_query() -> None:
    others = [panel for panel in BOARDS["websocket"].panels if panel.id == "duration"]

    assert request_of("websocket", others, "prometheus", "", WINDOW) is None
    assert request_of("", PANELS, "prometheus", "", WINDOW) is None


def test_a_firing_is_a_span_of_the_panels_that_its_rule_is_about() -> None:
    fired = frame((slow("openai"), range(10, 21)))

    assert spans(fired) == (Firing(6_540.0, 7_200.0, "ProviderSlow (provider openai)", Status.SERIOUS),)
    assert spans(fired, "tokens") == ()


def test_firings_of_a_rule_that_overlap_are_one_span() -> None:
    fired = frame((slow("openai"), range(10, 21)), (slow("mistral", "critical"), range(15, 31)))

    assert spans(fired) == (Firing(6_540.0, 7_800.0, "ProviderSlow", Status.CRITICAL),)


def test_what_still_fires_reaches_the_end_and_what_fired_before_begins_with_the_range() -> None:
    assert [(span.start, span.end) for span in spans(frame((slow("openai"), range(61))))] == [(6_000, 9_600)]


def test_firings_of_what_a_filter_leaves_out_are_not_shown() -> None:
    fired = frame((slow("openai"), range(10, 21)), ({**slow("x"), "provider": ""}, range(40, 42)))

    assert len(spans(fired, provider=["mistral"])) == 1
    assert len(spans(fired, provider=["openai", "mistral"])) == 2
    assert len(spans(fired, model=["gpt"])) == 2
