"""The body of a refresh: what the browser needs to write numbers."""

from __future__ import annotations

import json

import pytest

from app.encode import board_json
from app.panel_view import BoardView, PanelState, PanelView
from panels.spec import Drawing, Lines, Panel, Unit
from queries.core.time_range import Window


@pytest.mark.parametrize(("unit", "rules"), [(Unit.BYTES, None), (Unit.KILOWATTS, {"kilowatts"})])
def test_a_refresh_brings_the_rules_of_units_that_the_browser_does_not_have(unit: Unit, rules: set[str] | None) -> None:
    panel = Panel(id="p", title="P", view=Lines(), unit=unit)
    view = BoardView(Window(0, 3_600, 60), 3_600.0, (PanelView(panel, PanelState.FRESH, Drawing(), ()),))

    body = json.loads(board_json("mine", view, None))

    assert (set(body["units"]) if "units" in body else None) == rules
