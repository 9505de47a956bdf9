"""Bounds of buckets come back in the contract's unit."""

from __future__ import annotations

import numpy as np

from queries.metrics.bounds import with_canonical_bounds
from queries.metrics.frame import Frame
from queries.metrics.profile_file import load

FACTORS = load("otel-http-genai").bounds
SECONDS = "sum by (le) (rate(http_server_request_duration_seconds_bucket[1m]))"


def bounds(expr: str, *every: str) -> list[str]:
    frame = Frame(np.array([0]), tuple({"le": entry} for entry in every), np.zeros((len(every), 1)))
    return [row["le"] for row in with_canonical_bounds(frame, expr, FACTORS).labels]


def test_seconds_become_milliseconds_and_the_last_bucket_stays_open() -> None:
    assert bounds(SECONDS, "0.25", "1.0", "+Inf") == ["250", "1000", "+Inf"]


def test_a_histogram_of_somebody_else_keeps_its_bounds() -> None:
    assert bounds("sum by (le) (rate(other_seconds_bucket[1m]))", "0.25") == ["0.25"]


def test_series_without_bounds_are_returned_as_they_are() -> None:
    frame = Frame(np.array([0]), ({"model": "a"},), np.zeros((1, 1)))
    assert with_canonical_bounds(frame, SECONDS, FACTORS) is frame
