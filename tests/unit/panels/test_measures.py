"""Numbers for scripts are those that the panel shows, each in its unit."""

from __future__ import annotations

import numpy as np
import pytest

from pages import BOARDS
from panels.measures import measures
from panels.spec import Unit
from queries.metrics.frame import Frame


def frames(count: int) -> tuple[Frame, ...]:
    """As many frames of two series, 1 and 3."""
    labels = ({"operation": "read"}, {"operation": "write"})
    return tuple(Frame(np.array([60]), labels, np.array([[1.0], [3.0]])) for _ in range(count))


@pytest.mark.parametrize(
    ("board", "panel", "units"),
    [
        ("overview", "cost-today", [Unit.DOLLARS]),
        ("overview", "latency", [Unit.MILLISECONDS] * 3),
        ("overview", "health", [Unit.COUNT, Unit.PERCENT, Unit.MILLISECONDS, Unit.COUNT]),
        ("providers", "providers", [Unit.COUNT, Unit.PERCENT, Unit.MILLISECONDS, Unit.PERCENT, Unit.PERCENT]),
        ("providers", "models", [Unit.COUNT, Unit.COUNT, Unit.DOLLARS, Unit.DOLLARS, *[Unit.MILLISECONDS] * 2]),
        ("infrastructure", "slowest-queries", [*[Unit.MILLISECONDS] * 3, Unit.PER_SECOND]),
    ],
)
def test_each_column_has_its_own_unit(board: str, panel: str, units: list[Unit]) -> None:
    assert [measure.unit for measure in measures(BOARDS[board].panel(panel), frames(len(units)))] == units


def test_a_share_is_in_percent_of_the_sum() -> None:
    shares = measures(BOARDS["api-performance"].panel("slowest"), frames(7))[5]
    assert (shares.title, shares.unit) == ("Share of time", Unit.PERCENT)
    assert shares.frame.values[:, 0].tolist() == [25, 75]
