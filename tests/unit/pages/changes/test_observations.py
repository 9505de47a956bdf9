"""From frames to observations: parts without a series are zero, buckets are aligned, shares have their whole."""

from __future__ import annotations

import numpy as np
import pytest

from pages.changes.catalog import QUESTIONS, Question
from pages.changes.observations import observation
from queries.causes.signals import Form
from queries.metrics.frame import EMPTY, Frame

TIMES = np.arange(4, dtype=np.int64) * 60
STEP = 60
BY_ID = {question.signal.id: question for question in QUESTIONS}


def frame(*rows: tuple[dict[str, str], list[float]]) -> Frame:
    """A frame with these series."""
    return Frame(TIMES, tuple(labels for labels, _ in rows), np.array([values for _, values in rows]))


def test_a_failure_that_never_occurred_before_is_zero_before() -> None:
    whole = frame(({"provider": "a"}, [1.0] * 4))
    failed = frame(({"provider": "a"}, [0.5] * 4))

    result = observation(BY_ID["provider-failures"], (EMPTY, whole), (failed, whole), STEP)

    assert result is not None
    assert list(result.groups[0].part_before) == [0.0] * 4
    assert list(result.groups[0].part_now) == [30.0] * 4


def test_rates_of_shares_become_events_per_step() -> None:
    frames = (frame(({"provider": "a"}, [0.5] * 4)), frame(({"provider": "a"}, [1.0] * 4)))

    result = observation(BY_ID["provider-failures"], frames, frames, STEP)

    assert result is not None
    assert list(result.groups[0].part_now) == [30.0] * 4


def _tokens(calls: list[float], tokens_per_call: float) -> tuple[Frame, Frame]:
    labels = {"model": "m", "provider": "a"}
    return frame((labels, [rate * tokens_per_call for rate in calls])), frame((labels, calls))


def test_a_mean_over_events_is_that_of_three_steps() -> None:
    part, whole = _tokens([1.0] * 4, 500.0)
    later = frame(({"model": "m", "provider": "a"}, [500.0, 2_000.0, 500.0, 500.0]))

    result = observation(BY_ID["tokens-per-call"], (part, whole), (later, whole), STEP)

    assert result is not None
    assert list(result.groups[0].part_before) == [500.0] * 4
    assert list(result.groups[0].part_now) == [1_250.0, 1_000.0, 1_000.0, 500.0]


@pytest.mark.parametrize(("before", "now"), [(1.0, 0.01), (0.01, 1.0)])
def test_a_few_events_are_no_mean(before: float, now: float) -> None:
    frames = (_tokens([before] * 4, 500.0), _tokens([now] * 4, 500.0))

    assert observation(BY_ID["tokens-per-call"], *frames, STEP) is None


def test_buckets_are_cumulative_even_where_a_bound_is_missing() -> None:
    def buckets(count: float) -> Frame:
        return frame(
            ({"provider": "a", "le": "100"}, [count] * 4),
            ({"provider": "a", "le": "+Inf"}, [2 * count] * 4),
            ({"provider": "b", "le": "250"}, [count] * 4),
            ({"provider": "b", "le": "+Inf"}, [count] * 4),
        )

    result = observation(BY_ID["provider-latency"], (buckets(1),), (buckets(1),), STEP)

    assert result is not None
    assert result.bounds is not None
    assert list(result.bounds) == [100.0, 250.0, np.inf]
    assert all((np.diff(group.part_now, axis=0) >= 0).all() for group in result.groups)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.signal.id)
def test_no_answer_is_no_observation(question: Question) -> None:
    assert observation(question, (EMPTY,), (EMPTY,), STEP) is None


def test_causes_that_signals_name_exist() -> None:
    named = {cause for question in QUESTIONS for cause in question.signal.effects_of}

    assert named <= set(BY_ID)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.signal.id)
def test_latencies_are_split_by_bucket_and_shares_have_a_whole(question: Question) -> None:
    if question.signal.form is Form.LATENCY:
        assert question.part.by[-1] == "le"
    if question.signal.form in (Form.SHARE, Form.FILL):
        assert question.whole is not None
