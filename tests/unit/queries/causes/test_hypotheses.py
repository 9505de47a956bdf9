"""Hypotheses: causes before their consequences, at most five, facts about one place together."""

from __future__ import annotations

import pytest

from queries.causes.facts import Fact
from queries.causes.hypotheses import MOST, hypotheses
from queries.causes.signals import Form, Signal

TOLERANCE = 180.0
PROVIDER = Signal("provider-failures", "provider", "failed calls", Form.SHARE)
SLOW = Signal("provider-latency", "provider", "slow calls", Form.LATENCY)
MODEL = Signal("model-latency", "model", "slow calls", Form.LATENCY, container="provider")
ENDPOINT = Signal("endpoint-failures", "endpoint", "failed requests", Form.SHARE, effects_of=("provider-failures",))
DATABASE = Signal("database-latency", "operation", "slow queries", Form.LATENCY, effects_of=("pool",))
POOL = Signal("pool", "", "pool in use", Form.FILL, effects_of=("database-latency",), saturated=0.75)
TRAFFIC = Signal("traffic", "endpoint", "requests", Form.LEVEL, both=True, least_cause=0.8)
TOKENS = Signal("tokens", "team", "tokens", Form.LEVEL, effects_of=("traffic",))


def fact(signal: Signal, value: str, effect: float = 3.0, onset: int = 1_000, **more: object) -> Fact:
    """A fact with usual numbers."""
    numbers = {"before": 0.01, "now": 0.3, "score": 20.0, "excess": 100.0, **more}
    return Fact(signal, value, effect=effect, onset=onset, **numbers)  # type: ignore[arg-type]


def test_a_failing_provider_comes_before_the_endpoint_that_it_makes_fail() -> None:
    ranked = hypotheses([fact(ENDPOINT, "/chat", 5.0), fact(PROVIDER, "a", 3.0)], TOLERANCE)

    assert [(h.label, h.value, h.is_consequence) for h in ranked] == [
        ("provider", "a", False),
        ("endpoint", "/chat", True),
    ]
    assert ranked[0].consequences[0].value == "/chat"


@pytest.mark.parametrize("more", [{"onset": 5_000}, {"excess": 10.0}], ids=["later", "too few"])
def test_a_change_that_came_later_or_is_too_small_is_no_cause(more: dict[str, float]) -> None:
    ranked = hypotheses([fact(ENDPOINT, "/chat", 5.0), fact(PROVIDER, "a", **more)], TOLERANCE)  # type: ignore[arg-type]

    assert ranked[0].label == "endpoint"
    assert not any(hypothesis.is_consequence for hypothesis in ranked)


def test_facts_about_one_place_are_one_hypothesis() -> None:
    ranked = hypotheses([fact(PROVIDER, "a"), fact(SLOW, "a"), fact(MODEL, "m", parent="a")], TOLERANCE)

    assert [(h.label, h.value, len(h.facts)) for h in ranked] == [("provider", "a", 3)]


def test_models_of_providers_that_all_changed_are_not_a_place_of_their_own() -> None:
    ranked = hypotheses([fact(SLOW, ""), fact(MODEL, "m", parent="a")], TOLERANCE)

    assert [(h.label, h.value) for h in ranked] == [("provider", "")]


@pytest.mark.parametrize(("fill", "first"), [(1.0, "pool"), (0.4, "operation")])
def test_a_full_pool_explains_slow_queries_and_a_half_full_one_is_explained(fill: float, first: str) -> None:
    ranked = hypotheses([fact(DATABASE, "", 9.0, now=400.0), fact(POOL, "", 4.0, now=fill)], TOLERANCE)

    assert ranked[0].label == first
    assert len([h for h in ranked if not h.is_consequence]) == 1


def test_somewhat_more_traffic_does_not_explain_twenty_times_the_tokens() -> None:
    traffic, tokens = fact(TRAFFIC, "/chat", 0.5, before=10, now=14), fact(TOKENS, "a", 5.0, before=10, now=200)

    assert hypotheses([traffic, tokens], TOLERANCE)[0].value == "a"


def test_there_are_at_most_five() -> None:
    assert len(hypotheses([fact(PROVIDER, str(number)) for number in range(9)], TOLERANCE)) == MOST


def test_no_facts_are_no_hypotheses() -> None:
    assert hypotheses([], TOLERANCE) == ()


@pytest.mark.parametrize(("now", "first"), [(3.0, "endpoint"), (1.3, "operation")], ids=["three times", "a third more"])
def test_traffic_explains_slow_queries_once_it_has_nearly_doubled(now: float, first: str) -> None:
    queries = Signal("database-latency", "operation", "slow queries", Form.LATENCY, effects_of=("traffic",))
    ranked = hypotheses([fact(queries, "select", 3.0), fact(TRAFFIC, "", 1.0, before=1.0, now=now)], TOLERANCE)

    assert ranked[0].label == first
