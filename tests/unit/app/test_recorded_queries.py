"""Recording rules answer for queries over very many series, and the panel says where they began."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.plan import Scope, plan
from app.recorded_queries import MANY, RecordedAnswers, SeriesCount, notes_of, series_counts
from app.state import State, window
from pages.expressions import recorded_series
from pages.providers import BOARD
from pages.token_queries import COUNTED, RECORDED_COST, RECORDED_SPEND, RECORDED_TOKENS, TOKENS
from panels.prices import load
from queries.core.errors import SourceUnavailable
from queries.core.time_range import TimeRange
from queries.metrics.detection import DetectedProfile, Resolution
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.profile import CODEAGENT
from queries.metrics.request import Answer, Origin, Outcome, Pending, Request

NOW = 1_774_778_407.0  # 29 March 2026, 10:00:07 UTC
RULES = frozenset({RECORDED_TOKENS.name, RECORDED_COST.name})
COUNTED_RULES = RULES | {RECORDED_SPEND.name, recorded_series(TOKENS), recorded_series(COUNTED)}
TODAY = BOARD.panel("cost-today")


def scope_of(names: frozenset[str] = RULES, **filters: tuple[str, ...]) -> Scope:
    state = State(TimeRange("now-1h"), filters)
    return Scope(
        state,
        window(state, NOW, 15),
        NOW,
        Resolution(CODEAGENT, names=names),
        "prometheus",
        "",
        ZoneInfo("UTC"),
        lambda _metrics: 15,
        load(None),
    )


def counted(request: Request, *values: float) -> Answer:
    """The last of a window's instants with these counts, none before."""
    times = request.window.times()
    counts = np.full((1, times.size), np.nan)
    counts[0, times.size - len(values) :] = values
    return Answer(request, Frame(times, ({},), counts), Origin.FRESH)


def outcomes(count: SeriesCount, own: Outcome, rule: Outcome) -> dict[Request, Outcome]:
    return {count.newest: own, count.own: own, count.rule: rule}


def test_series_are_counted_over_the_window_of_the_query_in_few_steps() -> None:
    tokens, cost = series_counts([TODAY], scope_of())

    assert tokens.own.expr == 'count({__name__=~"codeagent_llm_tokens_total"})'
    assert cost.rule.expr == f"count({RECORDED_COST.name})"
    assert tokens.own.window == tokens.rule.window
    assert tokens.own.window.times().size <= 25


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(scope_of(frozenset({"codeagent_llm_tokens_total"})), id="no rule"),
        pytest.param(scope_of(team=("search",)), id="a filter that the rule has no label for"),
        pytest.param(
            replace(
                scope_of(),
                resolution=Resolution(CODEAGENT, (DetectedProfile("codeagent", "CodeAgent", (), ("a", "b")),), RULES),
            ),
            id="several deployments",
        ),
    ],
)
def test_nothing_is_counted_where_a_rule_could_not_answer(scope: Scope) -> None:
    assert series_counts([TODAY], scope) == ()


def test_filters_of_the_rule_s_labels_are_written_into_its_selector() -> None:
    scope = scope_of(provider=("openai",), model=("gpt-4o",))
    scope = replace(scope, recorded={TODAY.queries[0]: ""})

    first, second = plan(TODAY, scope).main

    assert f'{RECORDED_TOKENS.name}{{provider="openai",model="gpt-4o"}}[300s]' in first.expr
    assert "codeagent_llm_cost_usd_total{" in second.expr


@pytest.mark.parametrize(("most", "is_preferred"), [(MANY, False), (MANY + 1, True)], ids=["few series", "many series"])
def test_the_rule_is_read_from_a_number_of_series_on(most: int, is_preferred: bool) -> None:
    count = series_counts([TODAY], scope_of())[0]
    answers = outcomes(count, counted(count.own, most), counted(count.rule, 40))

    assert count.prefers_rule(answers) is is_preferred


def test_series_that_began_a_moment_ago_count() -> None:
    count = series_counts([TODAY], scope_of())[0]
    empty = Answer(count.own, EMPTY, Origin.FRESH)

    assert count.prefers_rule({count.newest: counted(count.newest, MANY + 1), count.own: empty, count.rule: empty})


def test_the_rule_is_read_when_series_could_not_be_counted_in_time() -> None:
    count = series_counts([TODAY], scope_of())[0]
    answers = outcomes(count, Pending(count.own), SourceUnavailable("prometheus", "It is away."))

    assert count.prefers_rule(answers)
    assert count.note(answers, scope_of()) == ""


@pytest.mark.parametrize(
    ("own", "rule", "note"),
    [
        pytest.param((9_000, 9_000, 9_000), (40, 40, 40), "", id="as long as the series"),
        pytest.param((9_000, 9_000, 9_000), (40, 40), "", id="a rule is evaluated after the first scrape"),
        pytest.param((9_000, 9_000, 9_000), (40,), "recorded since 29 Mar 10:00, without what was before", id="later"),
    ],
)
def test_a_rule_that_began_later_than_the_series_is_noted(
    own: tuple[float, ...], rule: tuple[float, ...], note: str
) -> None:
    scope, count = scope_of(), series_counts([TODAY], scope_of())[0]
    answers = outcomes(count, counted(count.own, *own), counted(count.rule, *rule))
    scope = replace(scope, recorded={count.query: count.note(answers, scope)})

    assert notes_of(TODAY.queries, scope) == ((note,) if note else ())


def test_a_rule_without_samples_is_noted() -> None:
    count = series_counts([TODAY], scope_of())[0]
    empty = Answer(count.rule, replace(EMPTY, times=count.rule.window.times()), Origin.FRESH)

    note = count.note(outcomes(count, counted(count.own, 9_000, 9_000), empty), scope_of())

    assert note == "the recording rule of these numbers has no samples yet"


def test_the_number_of_series_is_read_from_the_rule_that_keeps_it() -> None:
    count = series_counts([TODAY], scope_of(COUNTED_RULES))[0]
    assert count.most is not None

    assert count.most.expr.startswith(f"max_over_time({recorded_series(TOKENS)}[")
    assert count.requests() == (count.most, count.rule)
    assert count.prefers_rule({count.most: counted(count.most, MANY + 1)})
    assert not count.prefers_rule({count.most: counted(count.most, MANY)})


@pytest.mark.parametrize(("recorded", "is_counted"), [((), True), ((40, 40), True), ((40,) * 40, False)])
def test_series_are_counted_for_a_note_only_if_the_rule_began_within_the_window(
    recorded: tuple[float, ...], is_counted: bool
) -> None:
    scope = scope_of(COUNTED_RULES)
    count = series_counts([TODAY], scope)[0]
    assert count.most is not None
    size = count.rule.window.times().size
    answers = {count.most: counted(count.most, 9_000), count.rule: counted(count.rule, *recorded[:size])}
    rules = RecordedAnswers((count,), answers)

    assert rules.late() == ((count.own,) if is_counted else ())
    assert rules.notes({}, scope) == {count.query: ""}


@pytest.mark.parametrize("label", ["team", "key", "user"])
def test_spend_by_tenant_is_read_from_a_rule_with_filters_by_tenant(label: str) -> None:
    panel, scope = BOARD.panel(f"spend-{label}"), scope_of(COUNTED_RULES, team=("search",), provider=("openai",))
    counts = series_counts([panel], scope)
    scope = replace(scope, recorded={count.query: "" for count in counts})

    largest, whole = plan(panel, scope).main

    selected = f'{RECORDED_SPEND.name}{{provider="openai",team="search",}}[3600s]'
    assert (selected in largest.expr, selected in whole.expr) == (True, True)


@pytest.mark.parametrize("panel", ["spend-key", "spend-rise"])
def test_spend_of_a_chosen_model_is_read_from_the_counter(panel: str) -> None:
    assert series_counts([BOARD.panel(panel)], scope_of(COUNTED_RULES, model=("gpt-4o",))) == ()


def test_the_rise_of_a_chosen_key_is_read_from_the_counter_which_has_models() -> None:
    assert series_counts([BOARD.panel("spend-rise")], scope_of(COUNTED_RULES, key=("key-1",))) == ()


@pytest.mark.parametrize(("label", "is_recorded"), [("provider", True), ("team", False), ("model", False)])
def test_a_query_over_several_rules_needs_the_chosen_label_in_all_of_them(label: str, is_recorded: bool) -> None:
    scope = scope_of(COUNTED_RULES, **{label: ("a",)})

    assert bool(series_counts([BOARD.panel("unbudgeted")], scope)) is is_recorded


def test_the_note_of_a_rise_is_about_the_day_before_as_well() -> None:
    (count,) = series_counts([BOARD.panel("spend-rise")], scope_of(COUNTED_RULES))

    assert count.own.window.end - count.own.window.start >= 86_400 + 3_600
