"""Figures of every kind are what the golden files say, and keep the promises that the page's scripts rely on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from panels import draw
from panels.registry import BUILDERS
from panels.spec import Bars, DrawContext, Drawing, LabelHeatmap, Lines, Panel, Query, Unit, View
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY, Frame
from tests.panel_samples import WINDOW, Sample, frame, samples, wave

GOLDEN = Path(__file__).with_name("golden")
EVERY = {sample.panel.id: sample for sample in samples()}
SHORT = Window(WINDOW.end - 4 * 60, WINDOW.end, 60)


def drawn(sample: Sample) -> Drawing:
    """The sample as the app draws it."""
    return draw(sample.panel, sample.frames, sample.context)


def short(sample: Sample) -> Sample:
    """The last five points of a sample, so that a golden file can be read."""
    frames = tuple(Frame(frame_.times[-5:], frame_.labels, frame_.values[:, -5:]) for frame_ in sample.frames)
    compare = tuple(Frame(frame_.times[-5:], frame_.labels, frame_.values[:, -5:]) for frame_ in sample.context.compare)
    return Sample(sample.panel, frames, DrawContext(SHORT, compare, sample.context.compare_label))


def encoded(drawing: Drawing) -> Any:
    """The figure as the browser gets it."""
    return json.loads(orjson.dumps(drawing.figure, option=orjson.OPT_SERIALIZE_NUMPY))


@pytest.mark.parametrize(
    "panel_id",
    [
        *("latency", "classes", "errors", "sizes", "by-endpoint", "distribution", "status-share", "state", "cost-rate"),
        *("mode", "phase", "ring"),
    ],
)
def test_a_figure_equals_its_golden_file(panel_id: str) -> None:
    result = encoded(drawn(short(EVERY[panel_id])))
    path = GOLDEN / f"{panel_id}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert result == json.loads(path.read_text())


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_every_colour_is_a_token(sample: Sample) -> None:
    text = json.dumps(encoded(drawn(sample)))
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text)


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_numbers_on_the_wire_have_at_most_five_significant_digits(sample: Sample) -> None:
    figure = encoded(drawn(sample))
    if figure is None:
        return
    for trace in figure["data"]:
        for number in _numbers(trace.get("z", trace.get("y", []))):
            digits = f"{number:.12g}".replace("-", "").replace(".", "").split("e")[0]
            assert len(digits.strip("0")) <= 5, number


@pytest.mark.parametrize("view", BUILDERS, ids=lambda view: view.__name__)
@pytest.mark.parametrize("frames", [(), (EMPTY,), (Frame(SHORT.times(), ({"a": "b"},), np.full((1, 5), np.nan)),)])
def test_every_kind_can_be_drawn_from_nothing(view: type[View], frames: tuple[Frame, ...]) -> None:
    panel = next(sample.panel for sample in EVERY.values() if type(sample.panel.view) is view)
    drawing = draw(panel, frames, DrawContext(SHORT))
    assert drawing.alt
    orjson.dumps(drawing.figure, option=orjson.OPT_SERIALIZE_NUMPY)


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_every_drawing_says_what_it_shows_and_names_its_panel(sample: Sample) -> None:
    drawing = drawn(sample)
    assert drawing.alt.startswith(sample.panel.title)
    if drawing.figure is not None:
        assert drawing.figure["layout"]["uirevision"] == sample.panel.id  # type: ignore[index]


def lines(rows: dict[str, np.ndarray], view: Lines, window: Window = WINDOW, unit: Unit = Unit.COUNT) -> Drawing:
    """Lines named by their label."""
    panel = Panel(
        id="p", title="P", unit=unit, view=view, queries=(Query("x", "{{name}}"),), description="", empty_message=""
    )
    return draw(panel, (frame({(("name", name),): row for name, row in rows.items()}, window),), DrawContext(window))


def test_time_is_sent_as_a_start_and_a_step() -> None:
    trace = encoded(lines({"a": wave(1, 0, 0, 1)}, Lines()))["data"][0]
    assert (trace["x0"], trace["dx"]) == (WINDOW.start * 1000, 60_000)
    assert "x" not in trace


def test_gaps_stay_gaps_and_a_lonely_sample_is_a_dot() -> None:
    row = np.array([1.0, np.nan, 3.0, np.nan, np.nan])
    figure = encoded(lines({"a": row}, Lines(), SHORT))
    assert figure["data"][0]["y"] == [1.0, None, 3.0, None, None]
    assert figure["data"][0]["connectgaps"] is False
    assert figure["data"][1]["mode"] == "markers"
    assert figure["data"][1]["y"] == [1.0, 3.0]


def test_a_stack_has_a_gap_where_nothing_was_recorded_and_no_zero() -> None:
    row = np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    other = np.array([1.0, np.nan, np.nan, 4.0, 5.0])
    figure = encoded(lines({"a": row, "b": other}, Lines(stacked=True), SHORT))
    before, after = figure["data"][:2], figure["data"][2:]
    assert [trace["y"] for trace in before] == [[1, 2], [1, None]]
    assert [trace["y"] for trace in after] == [[4, 5], [4, 5]]
    assert after[0]["x0"] == SHORT.times()[3] * 1000
    assert before[0]["stackgroup"] != after[0]["stackgroup"]


def test_a_line_with_gaps_is_not_filled_across_them() -> None:
    figure = encoded(lines({"a": np.array([1.0, np.nan, 3.0, 3.0, 2.0])}, Lines(), SHORT))
    assert "fill" not in figure["data"][0]


def test_the_legend_does_not_show_a_number_of_hours_ago_as_the_present_one() -> None:
    row = np.full(WINDOW.points, 7.0)
    row[-30:] = np.nan
    assert '<b class="legend-last">–</b>' in lines({"a": row}, Lines()).legend


def test_only_a_single_line_is_filled() -> None:
    first, second = wave(1, 0, 0, 1), wave(2, 0, 0, 2)
    assert encoded(lines({"a": first}, Lines()))["data"][0]["fill"] == "tozeroy"
    assert all("fill" not in trace for trace in encoded(lines({"a": first, "b": second}, Lines()))["data"])


def test_stacked_series_beyond_the_top_are_summed_as_other_and_said() -> None:
    rows = {f"s{n}": np.full(5, float(n)) for n in range(1, 12)}
    drawing = lines(rows, Lines(stacked=True), SHORT)
    figure = encoded(drawing)
    assert len(figure["data"]) == 9
    assert figure["data"][-1]["name"] == "other"
    assert figure["data"][-1]["y"] == [6.0] * 5  # 1 + 2 + 3
    assert drawing.notes == ("Showing 8 of 11; the others are summed as “other”",)


def test_unstacked_series_beyond_the_top_are_left_out_and_said() -> None:
    drawing = lines({f"s{n}": np.full(5, float(n)) for n in range(1, 12)}, Lines(), SHORT)
    assert len(encoded(drawing)["data"]) == 8
    assert drawing.notes == ("Showing the 8 largest of 11",)


def test_the_earlier_period_is_a_dotted_line_of_the_same_colour() -> None:
    figure = encoded(drawn(EVERY["latency"]))
    earlier = [trace for trace in figure["data"] if "compareOf" in trace["meta"]]
    present = {trace["meta"]["series"]: trace for trace in figure["data"] if "series" in trace["meta"]}
    assert len(earlier) == 3
    for trace in earlier:
        assert trace["line"]["dash"] == "dot"
        assert trace["line"]["color"].startswith(present[trace["meta"]["compareOf"]]["line"]["color"])
        assert trace["name"].endswith("day before")


def test_the_earlier_period_of_a_stack_is_one_line_above_it_on_the_same_axis() -> None:
    panel = Panel(
        id="p",
        title="P",
        unit=Unit.COUNT,
        view=Lines(stacked=True),
        queries=(Query("x", "{{name}}"),),
        description="",
        empty_message="",
    )
    rows = frame({(("name", "a"),): np.full(5, 10.0), (("name", "b"),): np.full(5, 20.0)}, SHORT)
    figure = encoded(draw(panel, (rows,), DrawContext(SHORT, (rows,), "day before")))
    assert figure["data"][-1]["y"] == [30.0] * 5
    assert figure["data"][-1]["line"]["dash"] == "dot"
    assert 30 < figure["layout"]["yaxis"]["range"][1] < 40


def test_the_axis_shows_everything_drawn() -> None:
    for panel_id in ("latency", "classes", "errors", "models-p95", "codes"):
        figure = encoded(drawn(EVERY[panel_id]))
        low, high = figure["layout"]["yaxis"]["range"]
        rows = [np.array(trace["y"], dtype=float) for trace in figure["data"] if "dx" in trace]
        top = np.nansum(rows, axis=0) if "stackgroup" in figure["data"][0] else np.array(rows)
        assert low <= np.nanmin(rows)
        assert np.nanmax(top) <= high


def test_a_limit_near_the_data_is_on_the_axis_and_labelled() -> None:
    layout = encoded(drawn(EVERY["errors"]))["layout"]
    assert [note["text"] for note in layout["annotations"]] == ["1 %", "5 %"]
    assert [shape["y0"] for shape in layout["shapes"]] == [1, 5]


def test_failures_stand_below_a_pale_block_of_successes() -> None:
    panel = Panel(id="p", title="P", view=Lines(stacked=True), queries=(Query("x", "{{class}}"),))
    rows = frame({(("class", name),): np.full(5, 1.0) for name in ("2xx", "4xx", "5xx")}, SHORT)
    traces = encoded(draw(panel, (rows,), DrawContext(SHORT)))["data"]
    assert [trace["name"] for trace in traces] == ["4xx", "5xx", "2xx"]
    assert [trace["meta"]["series"] for trace in traces] == [1, 2, 0]
    assert [trace["fillcolor"] for trace in traces][1:] == ["var(--status-5xx)/1", "var(--status-2xx)/0.2"]
    assert [trace["line"]["width"] for trace in traces] == [0, 0, 1]


def test_zeros_have_an_axis_of_whole_numbers() -> None:
    layout = encoded(lines({"a": np.zeros(5)}, Lines(), SHORT))["layout"]
    assert layout["yaxis"]["ticktext"] == ["0", "1"]


def test_a_capped_quantile_is_said() -> None:
    expr = "histogram_quantile(0.99, sum by (le) (rate(codeagent_request_duration_bucket[5m])))"
    panel = Panel(
        id="p",
        title="P",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(expr, "p99"),),
        description="",
        empty_message="",
    )
    row = frame({(): np.array([100.0, 80_000, 80_000, 200, 300])}, SHORT)
    drawing = draw(panel, (row,), DrawContext(SHORT))
    assert drawing.notes == ("p99 at 80 s can be higher: this is the largest bucket",)
    assert "max &gt; 80 s" in drawing.legend


def test_a_click_on_a_bar_or_a_row_finds_its_labels() -> None:
    heat, bars = encoded(drawn(EVERY["by-endpoint"])), encoded(drawn(EVERY["endpoints"]))
    for trace in (heat["data"][0], bars["data"][0]):
        assert len(trace["meta"]["rows"]) == len(trace["y"])
    assert heat["data"][0]["meta"]["rows"][-1]["endpoint"] == "/v1/chat/completions"
    assert bars["data"][0]["meta"]["rows"][-1]["endpoint"] == "/v1/chat/completions"


def test_bucket_rows_have_one_edge_more_than_rows() -> None:
    trace = encoded(drawn(EVERY["distribution"]))["data"][0]
    assert len(trace["y"]) == len(trace["z"]) + 1 == len(trace["meta"]["names"]) + 1
    assert trace["y"] == sorted(trace["y"])


def test_legend_rows_carry_the_number_of_their_series() -> None:
    drawing = drawn(EVERY["codes"])
    numbers = [int(number) for number in re.findall(r'data-series="(\d+)"', drawing.legend)]
    series = {trace["meta"]["series"] for trace in encoded(drawing)["data"]}
    assert numbers == list(range(10))
    assert set(numbers) == series


def test_notes_of_frames_are_said_once() -> None:
    noted = Frame(SHORT.times(), ({},), np.ones((1, 5)), ("buckets were repaired",))
    panel = Panel(
        id="p",
        title="P",
        unit=Unit.COUNT,
        view=Lines(),
        queries=(Query("x"), Query("y")),
        description="",
        empty_message="",
    )
    assert draw(panel, (noted, noted), DrawContext(SHORT)).notes == ("buckets were repaired",)


@pytest.mark.parametrize("view", [Lines(), Bars(), LabelHeatmap()])
def test_names_from_outside_are_no_markup_where_plotly_reads_it(view: View) -> None:
    panel = Panel(
        id="p",
        title="P",
        unit=Unit.COUNT,
        view=view,
        queries=(Query("x", "{{name}}"),),
        description="",
        empty_message="",
    )
    hostile = '<a href="x">%{y}</a>'
    figure = encoded(draw(panel, (frame({(("name", hostile),): np.ones(5)}, SHORT),), DrawContext(SHORT)))
    trace = figure["data"][0]
    read = [figure["layout"]["yaxis"]["ticktext"], trace.get("customdata"), trace["hovertemplate"]]
    assert "<a" not in json.dumps(read)
    texts = [trace["name"], *trace["meta"].get("names", [])]
    assert hostile in texts  # where our own scripts write it as text


@pytest.mark.parametrize("view", [Lines(), Bars(), LabelHeatmap()])
def test_infinite_samples_do_not_break_a_drawing(view: View) -> None:
    panel = Panel(
        id="p", title="P", unit=Unit.COUNT, view=view, queries=(Query("x"),), description="", empty_message=""
    )
    rows = frame({(("a", "b"),): np.array([1.0, np.inf, 2, -np.inf, 3])}, SHORT)
    assert "Infinity" not in json.dumps(encoded(draw(panel, (rows,), DrawContext(SHORT))))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, float):
        yield value
