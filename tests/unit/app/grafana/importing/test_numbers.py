"""Units, thresholds and words of fields."""

from __future__ import annotations

import pytest

from panels.spec import (
    Lines,
    Thresholds,
    Unit,
)
from tests.unit.app.grafana.importing.import_kit import only, panel


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(None, "green"), (80, "red")], Thresholds(critical=80)),
        (
            [(None, "rgba(50, 172, 45, 0.97)"), (85, "rgba(237, 129, 40, 0.89)"), (95, "rgba(245, 54, 54, 0.9)")],
            Thresholds(85, 95),
        ),
        ([(None, "dark-red"), (50, "#EAB839"), (90, "green")], Thresholds(89.999999, 49.999999, rising=False)),
        ([(None, "blue")], Thresholds()),
    ],
)
def test_colours_of_steps_say_what_is_bad(steps: list[tuple[float | None, str]], expected: Thresholds) -> None:
    content = {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}
    custom = {"thresholdsStyle": {"mode": "line"}}
    view = only(panel(fieldConfig={"defaults": {"thresholds": content, "custom": custom}})).view

    assert view.thresholds == expected


def test_units_minimum_and_stacking_are_kept() -> None:
    defaults = {"unit": "bytes", "min": 0, "max": 100, "custom": {"stacking": {"mode": "normal"}}}
    converted_panel = only(panel(fieldConfig={"defaults": defaults}))

    assert converted_panel.unit is Unit.BYTES
    assert converted_panel.view == Lines(stacked=True, floor=0, ceiling=100, top=20)
