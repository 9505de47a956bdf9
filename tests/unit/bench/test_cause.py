"""bench/cause: scenarios repeat, and causes are the first hypothesis."""

from __future__ import annotations

import pytest

from bench.cause import judge
from bench.cause_scenarios import SIZES, Scenario, scenarios
from demo.day import Incident

END = 1_767_268_800
AGO, MINUTES = 0.6, 30.0


def test_every_fault_comes_in_four_variations_and_the_same_seed_gives_the_same_scenarios() -> None:
    first = list(scenarios(3))

    assert len(first) == 4 * len(SIZES)
    assert first == list(scenarios(3))
    assert first != list(scenarios(4))


@pytest.mark.parametrize(
    "fault",
    [
        Incident("provider-down", AGO, MINUTES, "mistral", 1.0),
        Incident("target-gone", AGO, MINUTES, "gateway-2", 1.0),
        Incident("pool-exhausted", AGO, MINUTES, size=1.0),
        Incident("bad-deploy", AGO, MINUTES, "gateway-1", 0.3),
    ],
    ids=lambda fault: fault.kind,
)
def test_the_cause_is_first_beside_more_traffic(fault: Incident) -> None:
    assert judge(Scenario(fault, Incident("traffic", 0.9, 50, size=1.3), END, 5)).rank == 1


def test_a_quiet_hour_with_somewhat_more_traffic_has_no_hypothesis_about_a_failure() -> None:
    quiet = Scenario(Incident("none", AGO, MINUTES), Incident("traffic", 0.9, 50, size=1.3), END, 6)

    assert not {fact.signal.id for hypothesis in judge(quiet).ranked for fact in hypothesis.facts} - {"traffic"}
