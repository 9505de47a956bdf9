"""Every rule has the charts that it is about, and these are charts over the range of the page."""

from __future__ import annotations

import pytest

from app.rules.charts import CHARTS, WITHOUT_CHART, rules_of
from app.rules.table import ALERTS
from pages import BOARDS
from panels.spec import BucketHeatmap, LabelHeatmap, Lines, Over, Timeline


def test_every_rule_has_charts_or_is_known_to_have_none() -> None:
    assert {*CHARTS, *WITHOUT_CHART} == {rule.name for rule in ALERTS}
    assert not WITHOUT_CHART.intersection(CHARTS)


@pytest.mark.parametrize("chart", sorted({chart for charts in CHARTS.values() for chart in charts}))
def test_a_chart_has_a_time_axis_over_the_range(chart: str) -> None:
    board, panel_id = chart.split("/")
    panel = BOARDS[board].panel(panel_id)

    assert isinstance(panel.view, (Lines, Timeline, LabelHeatmap, BucketHeatmap))
    assert {query.over for query in panel.queries} == {Over.RANGE}


def test_a_board_knows_the_rules_about_its_panels() -> None:
    assert rules_of("overview")["HighErrorRate"] == ("error-course", "requests-by-class")
    assert "ProviderSlow" not in rules_of("overview")
    assert rules_of("") == {}
