"""The scenarios of the alert rules are many and varied, and promtool's report is read to the second."""

from __future__ import annotations

import numpy as np
import pytest

from app.rules.table import ALERTS
from bench.alert_scenarios import ONSET, STEP, STEPS, World, incidents, innocent, series
from bench.alerts import CRITICAL, Outcome, _first_firings


def test_there_are_at_least_120_scenarios_with_names_of_their_own() -> None:
    names = [scenario.name for scenario in (*incidents(), *innocent())]

    assert len(names) >= 120
    assert len(set(names)) == len(names)


def test_expected_alerts_exist() -> None:
    known = {rule.name for rule in ALERTS}

    assert {name for scenario in incidents() for name in scenario.expected} <= known
    assert known >= CRITICAL
    assert not any(scenario.expected for scenario in innocent())


@pytest.mark.parametrize("scenario", [*incidents(), *innocent()], ids=lambda scenario: scenario.name)
def test_an_incident_leaves_the_time_before_it_unchanged(scenario: object) -> None:
    world, random = World(), np.random.default_rng(1)
    scenario.change(world, random)  # type: ignore[attr-defined]

    assert all(values.shape == (STEPS,) for values in series(world, random).values())
    assert not world.missing[:ONSET].any()
    assert not world.gone[:ONSET].any()


REPORT = """
  FAILED:
    expr: "ALERTS{alertstate=\\"firing\\"}", time: 1h31m30s,
        exp: nil
        got: {__name__="ALERTS", alertname="ErrorBurst", alertstate="firing"} 1E+00
    expr: "ALERTS{alertstate=\\"firing\\"}", time: 1h32m,
        exp: nil
        got: {__name__="ALERTS", alertname="ErrorBurst"} 1E+00, {__name__="ALERTS", alertname="Other"} 1E+00
"""


def test_the_first_firing_of_each_alert_is_read_in_seconds_after_the_onset() -> None:
    assert _first_firings(REPORT) == {"ErrorBurst": 5_490 - ONSET * STEP, "Other": 5_520 - ONSET * STEP}


def test_an_incident_is_right_when_an_expected_alert_fires_after_the_onset() -> None:
    incident, quiet = next(incidents()), next(innocent())

    assert Outcome(incident, {"ErrorBurst": 90.0}).is_right
    assert not Outcome(incident, {"ErrorBurst": -90.0}).is_right
    assert not Outcome(incident, {"CacheCollapse": 90.0}).is_right
    assert Outcome(quiet, {}).is_right
    assert not Outcome(quiet, {"CacheCollapse": 90.0}).is_right
