"""Each view as a plugin of Perses: what stays, what is different, what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from app.grafana.model import Target
from app.perses.plugins import (
    AS_LINES,
    AS_QUANTILES,
    LINEAR_AXIS,
    PLAIN_CELLS,
    ROW_A_STATE,
    WITHOUT_TRENDS,
    Part,
    parts,
)
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cards,
    CellGroup,
    Cells,
    Column,
    DataView,
    LabelHeatmap,
    Lines,
    Panel,
    Pie,
    Query,
    Status,
    Table,
    Thresholds,
    Tile,
    Timeline,
    Unit,
    ValueWord,
)

LIMITS = Thresholds(warning=1, critical=5)
WORDS = ((Status.GOOD, "up"), (Status.CRITICAL, "down"))
TARGETS = {letter: Target(letter, f"metric_{letter.lower()}", "{{provider}}") for letter in "ABC"}


def drawn(view: DataView, count: int = 1, unit: Unit = Unit.COUNT, coverage: Target | None = None) -> tuple[Part, ...]:
    queries = tuple(Query(f"metric_{letter}", "{{provider}}") for letter in "abc"[:count])
    panel = Panel(id="panel", title="Panel", unit=unit, view=view, queries=queries)
    targets = {letter: TARGETS[letter] for letter in "ABC"[:count]}
    return parts(panel, view, {**targets, "Coverage": coverage} if coverage else targets)


def only(view: DataView, count: int = 1, unit: Unit = Unit.COUNT) -> tuple[str, Any, Part]:
    (part,) = drawn(view, count, unit)
    return part.plugin, part.spec, part


def test_lines_have_the_unit_and_the_bounds_of_the_axis() -> None:
    plugin, spec, part = only(Lines(ceiling=100), 2, Unit.PERCENT)

    assert plugin == "TimeSeriesChart"
    assert spec["yAxis"] == {"format": {"unit": "percent"}, "min": 0, "max": 100}
    assert [target.ref for target in part.targets] == ["A", "B"]
    assert part.reasons == ()


def test_stacked_lines_are_stacked_and_a_logarithmic_axis_is_said_to_be_linear() -> None:
    assert only(Lines(stacked=True))[1]["visual"]["stack"] == "all"
    assert only(Lines(log=True))[2].reasons == (LINEAR_AXIS,)


def test_a_query_keeps_its_fixed_colour() -> None:
    panel = Panel(id="p", title="P", view=Lines(), queries=(Query("a"), Query("b", colour="--critical")))
    (part,) = parts(panel, Lines(), {"A": TARGETS["A"], "B": TARGETS["B"]})

    settings: Any = part.spec["querySettings"]
    (setting,) = settings
    assert setting["queryIndex"] == 1
    assert setting["colorValue"].startswith("#")


def test_a_tile_is_a_number_with_its_course_and_a_gauge_has_its_end() -> None:
    assert only(Tile(LIMITS))[:1] == ("StatChart",)
    assert [step["value"] for step in only(Tile(LIMITS))[1]["thresholds"]["steps"]] == [1, 5]
    assert only(Tile(gauge=(0, 30)))[:1] == ("GaugeChart",)
    assert only(Tile(gauge=(0, 30)))[1]["max"] == 30


def test_bars_are_sorted() -> None:
    plugin, spec, _ = only(Bars())

    assert (plugin, spec["sort"]) == ("BarChart", "desc")


def test_a_histogram_becomes_quantiles_in_the_unit_of_its_bounds() -> None:
    plugin, spec, part = only(BucketHeatmap(Unit.BYTES))

    assert plugin == "TimeSeriesChart"
    assert spec["yAxis"]["format"]["unit"] == "bytes"
    assert [target.legend for target in part.targets] == ["p50", "p95", "p99"]
    assert part.targets[1].expr == "histogram_quantile(0.95, metric_a)"
    assert part.reasons == (AS_QUANTILES,)


def test_a_heatmap_of_series_becomes_lines() -> None:
    assert only(LabelHeatmap(log=False))[2].reasons == (AS_LINES,)


def test_a_timeline_has_a_word_for_each_range_of_values() -> None:
    plugin, spec, _ = only(Timeline(LIMITS, WORDS))

    assert plugin == "StatusHistoryChart"
    assert [entry["spec"]["result"]["value"] for entry in spec["mappings"]] == ["up", "down"]


def test_words_for_values_are_mappings_and_states_of_labels_are_said_to_be_rows() -> None:
    _, spec, _ = only(Timeline(values=(ValueWord("idle", 0, 0), ValueWord("failed", 2, None, Status.CRITICAL))))

    assert [entry["spec"]["result"]["value"] for entry in spec["mappings"]] == ["idle", "failed"]
    assert only(Timeline(label="phase"))[2].reasons == (ROW_A_STATE,)


def test_a_ring_is_a_pie_chart() -> None:
    assert only(Pie())[0] == "PieChart"


def test_cells_are_a_panel_for_each_group_that_can_be_answered() -> None:
    groups = (
        CellGroup("Hosts", 0, LIMITS, words=WORDS),
        CellGroup("Disks", 1, LIMITS, Unit.PERCENT),
        CellGroup("Unknown", 2, LIMITS),
    )
    hosts, disks = drawn(Cells(groups), 2)

    assert (hosts.title, disks.title) == ("Hosts", "Disks")
    assert "mappings" in hosts.spec
    assert "mappings" not in disks.spec


def test_a_table_joins_its_queries_and_says_what_its_cells_lack() -> None:
    columns = (
        Column("Calls", 0),
        Column("Course", 1, spark=True),
        Column("Errors", 2, Unit.PERCENT, thresholds=LIMITS),
    )
    plugin, spec, part = only(Table(("provider",), columns, sort=2), 3)

    assert plugin == "Table"
    assert [target.ref for target in part.targets] == ["A", "C"]
    assert [entry["name"] for entry in spec["columnSettings"]] == ["timestamp", "provider", "value #1", "value #2"]
    assert spec["columnSettings"][3]["sort"] == "desc"
    assert spec["transforms"] == [{"kind": "MergeSeries", "spec": {}}]
    assert part.reasons == (WITHOUT_TRENDS, PLAIN_CELLS)


def test_the_values_of_the_only_query_have_no_number() -> None:
    _, spec, _ = only(Cards("provider", (Column("Calls", 0),)))

    assert [entry["name"] for entry in spec["columnSettings"]] == ["timestamp", "provider", "value"]
    assert spec["transforms"] == []


def test_beside_dollars_stands_the_share_of_tokens_with_a_price() -> None:
    tile, share = drawn(Tile(), unit=Unit.DOLLARS, coverage=Target("Coverage", "priced"))

    assert (tile.title, share.title) == ("Panel", "Tokens with a price")
    assert share.spec["format"] == {"unit": "percent"}


@pytest.mark.parametrize(
    ("thresholds", "statuses"),
    [(LIMITS, 3), (Thresholds(warning=5, critical=1, rising=False), 3), (Thresholds(critical=1), 2)],
)
def test_every_status_has_its_range(thresholds: Thresholds, statuses: int) -> None:
    limits = only(Tile(thresholds))[1]["thresholds"]

    assert len({limits["defaultColor"], *(step["color"] for step in limits["steps"])}) == statuses
    values = [step["value"] for step in limits["steps"]]
    assert values == sorted(values)
