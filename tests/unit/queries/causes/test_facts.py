"""Facts about label values: what changed, by how much, since when, and whose it is."""

from __future__ import annotations

import numpy as np
import pytest

from queries.causes.facts import facts_of
from queries.causes.signals import Form, Group
from tests.unit.queries.causes.kit import ONSET, STEPS, TIMES, observed, share, signal, stepped

BOUNDS = np.array([100.0, 250, 500, 1_000, 2_500, 5_000, np.inf])


def latency(value: str, factor: float, calls: float = 500.0) -> Group:
    """Cumulative buckets of lognormal-like durations that become `factor` times as long at ONSET."""

    def buckets(scale: float) -> np.ndarray:
        samples = 300 * scale * np.exp(np.random.default_rng(4).normal(0, 0.5, 4_000))
        shares = [(samples <= bound).mean() for bound in BOUNDS]
        return np.array(shares)[:, None] * calls * np.ones(STEPS)

    usual = buckets(1.0)
    later = np.where(np.arange(STEPS) < ONSET, usual, buckets(factor))
    return Group(value, usual, later)


def test_the_failing_value_is_named_with_its_onset_and_share() -> None:
    facts = facts_of(observed(signal(), share("a", 0.01, 0.3), share("b", 0.01, 0.01, seed=1)))

    assert [fact.value for fact in facts] == ["a"]
    assert facts[0].now == pytest.approx(0.3, abs=0.02)
    assert abs(facts[0].onset - int(TIMES[ONSET])) <= 60
    assert facts[0].part == 1.0
    assert facts[0].unchanged == ("b",)


@pytest.mark.parametrize("seed", range(20))
def test_counting_noise_is_no_fact(seed: int) -> None:
    assert facts_of(observed(signal(), share("a", 0.05, 0.05, 80, seed), share("b", 0.01, 0.01, 9, seed))) == ()


def test_an_improvement_is_no_fact() -> None:
    assert facts_of(observed(signal(), share("a", 0.3, 0.01))) == ()


def test_values_that_changed_alike_are_one_fact_about_all() -> None:
    facts = facts_of(observed(signal(), share("a", 0.01, 0.3), share("b", 0.01, 0.25, seed=1)))

    assert [fact.value for fact in facts] == [""]


def test_shares_of_an_excess_sum_to_one() -> None:
    groups = (share("a", 0.01, 0.4), share("b", 0.01, 0.1, seed=1), share("c", 0.01, 0.01, seed=2))
    facts = facts_of(observed(signal(), *groups))

    assert [fact.value for fact in facts] == ["a", "b"]
    assert sum(fact.part for fact in facts) == pytest.approx(1)


def test_a_slow_value_is_told_by_its_95th_percentile() -> None:
    slow = signal("latency", form=Form.LATENCY, least=0.4)
    facts = facts_of(observed(slow, latency("a", 4.0), latency("b", 1.0), bounds=BOUNDS))

    assert [fact.value for fact in facts] == ["a"]
    assert facts[0].now / facts[0].before == pytest.approx(4, rel=0.4)


def test_a_level_that_multiplied_is_a_fact_and_one_without_samples_is_none() -> None:
    level = signal("memory", "groupname", Form.LEVEL, least=0.3)
    grown, gone = Group("a", stepped(10, 10), stepped(10, 30)), Group("b", stepped(10, 10), np.full(STEPS, np.nan))

    facts = facts_of(observed(level, grown, gone))

    assert [(fact.value, fact.before, fact.now) for fact in facts] == [("a", 10.0, 30.0)]


def test_a_single_instance_says_nothing_about_the_place() -> None:
    instances = signal("instance-failures", "instance", least_groups=2)

    assert facts_of(observed(instances, share("only", 0.01, 0.5))) == ()
    assert facts_of(observed(instances, share("a", 0.01, 0.5), share("b", 0.01, 0.5))) == ()
    assert [f.value for f in facts_of(observed(instances, share("a", 0.01, 0.5), share("b", 0.01, 0.01)))] == ["a"]
