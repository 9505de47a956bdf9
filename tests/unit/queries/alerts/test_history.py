"""Firings are intervals of the stored series, exact to an evaluation; short ones are found."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from queries.alerts.history import Firing, by_rule, firings
from queries.alerts.records import RecordedAlert

STEP = 300
EVALUATIONS = 20  # within a step
TIMES = np.arange(STEP, 61 * STEP, STEP, dtype=np.int64)
LABELS = {"alertname": "HighErrorRate", "alertstate": "firing", "environment": "production"}


def counts(**steps: int) -> NDArray[np.float64]:
    """How many evaluations fired in each step, by `s` and the number of the step."""
    values = np.full(TIMES.size, np.nan)
    for name, count in steps.items():
        values[int(name[1:])] = count
    return values


def spans(values: NDArray[np.float64]) -> list[tuple[float, float]]:
    result = firings(TIMES, [(LABELS, values)], STEP, lambda _: STEP / EVALUATIONS)
    return [(firing.start / STEP, firing.end / STEP) for firing in result]


def test_a_firing_begins_and_ends_within_steps_as_long_as_counted_there() -> None:
    assert spans(counts(s5=10, s6=20, s7=5)) == [(5.5, 7.25)]


def test_a_firing_shorter_than_a_step_is_found() -> None:
    assert spans(counts(s5=4)) == [(5.8, 6.0)]


def test_the_newest_firing_comes_first() -> None:
    assert spans(counts(s5=20, s20=20)) == [(20, 21), (5, 6)]


def test_a_step_without_an_evaluation_does_not_end_a_firing() -> None:
    assert spans(counts(s5=20, s7=20)) == [(5, 8)]


def test_what_fires_in_the_last_step_has_not_ended() -> None:
    assert spans(counts(s58=20, s59=20)) == [(58, 0)]


def test_a_series_that_never_fired_has_no_firing() -> None:
    assert spans(counts()) == []


def test_labels_are_those_of_the_alert() -> None:
    (firing,) = firings(TIMES, [(LABELS, counts(s5=20))], STEP, lambda _: 15.0)

    assert (firing.rule, firing.labels) == (
        "HighErrorRate",
        {"alertname": "HighErrorRate", "environment": "production"},
    )


def test_the_history_of_a_rule_counts_its_firings_and_those_that_ended_soon() -> None:
    values = counts(s5=20, s20=20, s21=20, s22=20, s58=20, s59=20)
    result = firings(TIMES, [(LABELS, values)], STEP, lambda _: STEP / EVALUATIONS)

    history = by_rule(result, days=14, now=60 * STEP)["HighErrorRate"]

    assert (history.firings, history.short, history.last) == (3, 1, 58 * STEP)
    assert history.per_week == pytest.approx(1.5)
    assert history.seconds == (1 + 3 + 2) * STEP


@pytest.mark.parametrize(
    ("labels", "starts", "ends", "short"),
    [
        ({"cluster": "eu"}, 10_030.0, 10_200.0, 0),
        ({}, 10_030.0, 0.0, 0),
        ({"environment": "staging"}, 10_030.0, 10_200.0, 1),
        ({}, 20_000.0, 20_100.0, 1),
        ({}, 5_000.0, 5_100.0, 1),
    ],
    ids=["external labels", "fires until now", "other labels", "later", "earlier"],
)
def test_what_somebody_acknowledged_did_not_end_by_itself(
    labels: dict[str, str], starts: float, ends: float, short: int
) -> None:
    fired = {"alertname": "A", "environment": "production"}
    acknowledged = RecordedAlert("id", {**fired, **labels}, starts, ends)

    history = by_rule([Firing("A", fired, 10_000.0, 10_240.0)], 30, 30_000.0, [acknowledged])["A"]

    assert (history.firings, history.short) == (1, short)
