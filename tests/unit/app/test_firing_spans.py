"""When alerts fired, for the charts that they are about: one query, spans by panel and filter."""

from __future__ import annotations

import numpy as np

from app.firing_spans import MOST_RULES, BoardRules, board_firings, board_rules, request_of
from pages import BOARDS
from panels.spec import Firing, Status
from queries.alerts.types import Rule
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.syntax import analysed

WINDOW = Window(6_000, 9_600, 60)
PANELS = {panel.id: ("requests_total",) for panel in BOARDS["providers"].panels}


def rule(name: str, expr: str) -> Rule:
    return Rule(name, "group", expr, 0.0, {}, {}, "ok", "", 0.0, interval=30.0)


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
    return board_firings(board_rules("providers", PANELS), WINDOW, answer).spans(panel, filters)


def about(expr: str, name: str = "Own", board: str = "mine") -> tuple[str, ...]:
    """The panels of a board that a rule is about."""
    panels = {"requests": ("requests_total",), "share": ("requests_total", "errors_total"), "text": ()}
    return board_rules(board, panels, [rule(name, expr)]).panels.get(name, ())


def test_a_board_asks_for_the_rules_about_the_panels_that_are_shown() -> None:
    rules = board_rules("providers", {"tokens": ()})
    request = request_of(rules, "prometheus", "team", WINDOW)

    assert request is not None
    assert request.expr == (
        'count_over_time(ALERTS{alertstate="firing",alertname=~"TokenExplosion|UnpricedTokens"}[60s])'
    )
    assert (request.window, request.tenant) == (WINDOW, "team")


def test_panels_that_no_rule_is_about_need_no_query() -> None:
    assert request_of(board_rules("websocket", {"duration": ()}), "prometheus", "", WINDOW) is None
    assert request_of(BoardRules(), "prometheus", "", WINDOW) is None


def test_a_rule_of_somebody_else_is_about_the_panels_that_have_all_of_its_metrics() -> None:
    assert about("rate(errors_total[5m]) > 1") == ("share",)
    assert about("rate(errors_total[5m]) / rate(requests_total[5m]) > 0.1") == ("share",)
    assert about("rate(requests_total[5m]) == 0") == ("requests", "share")
    assert about("requests_total + up") == ()
    assert about("vector(1)") == ()
    assert about("this is no PromQL (") == ()


def test_a_rule_of_this_app_is_about_the_charts_of_its_table_on_the_boards_of_this_app() -> None:
    assert about("requests_total > 1", "ProviderSlow", "providers") == ()
    assert about("requests_total > 1", "ProviderSlow", "mine") == ("requests", "share")


def test_names_of_rules_are_text_in_the_query() -> None:
    rules = board_rules("mine", {"a": ("m",)}, [rule('Slow "now" (5xx|4xx)', "m > 1")])
    request = request_of(rules, "prometheus", "", WINDOW)

    assert request is not None
    assert analysed(request.expr).metrics == ("ALERTS",)
    assert r'alertname=~"Slow\\ \"now\"\\ \\(5xx\\|4xx\\)"' in request.expr


def test_many_rules_make_no_endless_query() -> None:
    rules = board_rules("mine", {"a": ("m",)}, [rule(f"Rule{number}", "m > 1") for number in range(1_000)])

    assert len(rules.panels) == MOST_RULES
    assert rules.interval("Rule1") == 30.0


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
