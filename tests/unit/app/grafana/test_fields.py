"""Thresholds and words in Grafana mean what they mean on the boards."""

from __future__ import annotations

import math
from typing import Any

import pytest

from app.grafana import fields
from app.grafana.units import GRAFANA_UNITS
from pages import BOARDS, thresholds
from panels.spec import Status, Thresholds, Unit

LIMITS = {name: value for name, value in vars(thresholds).items() if isinstance(value, Thresholds)}
BOUNDS = {bound for limits in LIMITS.values() for bound in (limits.warning, limits.critical) if bound is not None}
VALUES = sorted({bound + change for bound in BOUNDS for change in (-0.5, 0, 0.5)})


def colour(of: dict[str, Any], value: float) -> str:
    """As Grafana chooses it: the last step at or below the value."""
    reached = [step for step in of["steps"] if step["value"] is None or value >= step["value"]]
    return str(reached[-1]["color"])


@pytest.mark.parametrize("name", LIMITS)
def test_each_value_has_the_colour_of_its_status(name: str) -> None:
    steps = fields.steps(LIMITS[name])["thresholds"]

    assert isinstance(steps, dict)
    for value in VALUES:
        assert colour(steps, value) == fields.STATUS_COLOURS[LIMITS[name].status(value)], value


def test_steps_rise() -> None:
    for limits in LIMITS.values():
        steps = fields.steps(limits)["thresholds"]
        assert isinstance(steps, dict)
        values = [step["value"] for step in steps["steps"]]
        assert values[0] is None
        assert values[1:] == sorted(values[1:])


@pytest.mark.parametrize(("value", "word"), [(0, "down"), (1, "up"), (math.nan, "unknown")])
def test_a_state_is_a_word(value: float, word: str) -> None:
    mappings: Any = fields.words(thresholds.UP, thresholds.UP_WORDS)["mappings"]

    assert [mapping["options"]["result"]["text"] for mapping in mappings if matches(mapping, value)] == [word]


def matches(mapping: dict[str, Any], value: float) -> bool:
    if mapping["type"] == "special":
        return math.isnan(value)
    start, end = mapping["options"]["from"], mapping["options"]["to"]
    return (start is None or value >= start) and (end is None or value <= end)


def test_three_states_have_three_ranges() -> None:
    words = ((Status.GOOD, "up"), (Status.WARNING, "partly up"), (Status.CRITICAL, "down"))
    mappings: Any = fields.words(thresholds.PROBES_UP, words)["mappings"]

    results = [
        [mapping["options"]["result"]["text"] for mapping in mappings if matches(mapping, value)]
        for value in (50, 80, 100)
    ]
    assert results == [["down"], ["partly up"], ["up"]]


def test_every_unit_and_colour_of_the_boards_is_known() -> None:
    colours = {query.colour for board in BOARDS.values() for panel in board.panels for query in panel.queries}

    assert set(GRAFANA_UNITS) == set(Unit)
    assert colours - {""} <= set(fields.TOKEN_COLOURS)
