"""The value of an alert with its limit: the limit is always in sight."""

from __future__ import annotations

import numpy as np
import pytest

from pages.alerts.chart import chart
from pages.alerts.source import Course

TIMES = np.arange(1_790_000_000, 1_790_003_600, 60, dtype=np.int64)


def drawn(value: float, limit: float, operator: str = ">") -> str:
    values = np.full(TIMES.size, value) + np.linspace(0, 0.01, TIMES.size)
    return str(chart(Course(TIMES, values, limit, operator), "ErrorBurst"))


@pytest.mark.parametrize(("value", "limit"), [(0.5, 0.05), (0.04, 0.05), (-3.0, -5.0), (900.0, 1.0)])
def test_a_limit_near_or_below_the_values_is_a_line(value: float, limit: float) -> None:
    assert "stroke-dasharray" in drawn(value, limit)


def test_a_limit_far_above_the_values_is_a_note() -> None:
    assert "limit 100" in drawn(1.0, 100.0)
