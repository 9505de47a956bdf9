"""The server's SVG draws what Plotly would: well-formed, small, in the page's tokens or alone in a theme."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import numpy as np
import orjson
import pytest

from panels import draw, svg, themes
from panels.spec import DrawContext, Lines, Panel, Query, Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from tests.panel_samples import WINDOW, Sample, samples

CHARTS = {sample.panel.id: sample for sample in samples() if draw(sample.panel, sample.frames, sample.context).figure}
NAMESPACE = "{http://www.w3.org/2000/svg}"


def figure(sample: Sample) -> dict[str, object]:
    """The sample's figure."""
    result = draw(sample.panel, sample.frames, sample.context).figure
    assert result is not None
    return result


@pytest.mark.parametrize("sample", CHARTS.values(), ids=CHARTS)
def test_a_drawing_is_well_formed_and_small(sample: Sample) -> None:
    text = svg.render(figure(sample), 640, 240)
    root = ElementTree.fromstring(text)
    assert (root.get("width"), root.get("height")) == ("640", "240")
    assert len(text) < 64_000
    assert "nan" not in text.lower().replace("nance", "")


@pytest.mark.parametrize("sample", CHARTS.values(), ids=CHARTS)
def test_within_the_page_colours_stay_tokens(sample: Sample) -> None:
    assert not re.search(r'(fill|stroke)="#', svg.render(figure(sample), 640, 240))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sample", CHARTS.values(), ids=CHARTS)
def test_a_file_that_stands_alone_knows_its_colours(sample: Sample, theme: themes.Theme) -> None:
    text = svg.render(figure(sample), 640, 240, theme)
    assert "var(" not in text
    assert f'fill="{themes.tokens(theme)["--surface"]}"' in text


@pytest.mark.parametrize("sample", CHARTS.values(), ids=CHARTS)
def test_a_figure_that_went_over_the_wire_is_drawn_the_same(sample: Sample) -> None:
    result = figure(sample)
    wired = json.loads(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY))
    assert svg.render(wired, 400, 200) == svg.render(result, 400, 200)


def test_time_ticks_are_round_and_carry_their_instant() -> None:
    root = ElementTree.fromstring(svg.render(figure(CHARTS["latency"]), 640, 240))
    ticks = [text for text in root.iter(f"{NAMESPACE}text") if "data-t" in text.attrib]
    assert [text.text for text in ticks][:3] == ["10:00", "11:00", "12:00"]
    assert int(ticks[0].attrib["data-t"]) == WINDOW.start * 1000


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(60, "00:00:00"), (3_600, "00:00"), (86_400, "1 Jan 00:00"), (30 * 86_400, "1 Jan")],
)
def test_time_ticks_fit_their_range(seconds: int, first: str) -> None:
    ticks = svg.time_ticks(0, seconds, 600)
    assert ticks[0][1] == first
    assert 3 <= len(ticks) <= 10


def test_a_line_goes_where_its_numbers_are() -> None:
    window = Window(0, 100, 50)
    frame = Frame(window.times(), ({},), np.array([[0.0, 50.0, 100.0]]))
    panel = Panel(
        id="p",
        title="P",
        unit=Unit.PERCENT,
        view=Lines(ceiling=100),
        queries=(Query("x"),),
        description="",
        empty_message="",
    )
    result = draw(panel, (frame,), DrawContext(window)).figure
    assert result is not None
    layout = result["layout"]
    margin = layout["margin"]  # type: ignore[index]
    text = svg.render(result, 400, 200)
    path = re.search(r'<path d="(M[^"]+)" stroke="var\(--series', text)
    assert path
    points = absolute(path[1])
    assert points[0] == (margin["l"], 200 - margin["b"])
    assert points[2][0] == 400 - margin["r"]
    assert points[1][1] == pytest.approx((points[0][1] + points[2][1]) / 2, abs=0.11)


def absolute(path: str) -> list[tuple[float, float]]:
    """The points of a path of one `M` and relative `l`s."""
    numbers = [float(number) for number in re.findall(r"-?[0-9]*\.?[0-9]+", path)]
    steps = np.array(numbers).reshape(-1, 2).cumsum(axis=0)
    return [(round(x, 1), round(y, 1)) for x, y in steps.tolist()]


def test_a_gap_breaks_the_line() -> None:
    window = Window(0, 200, 50)
    frame = Frame(window.times(), ({},), np.array([[1.0, 2.0, np.nan, 3.0, 4.0]]))
    panel = Panel(
        id="p", title="P", unit=Unit.COUNT, view=Lines(), queries=(Query("x"),), description="", empty_message=""
    )
    result = draw(panel, (frame,), DrawContext(window)).figure
    assert result is not None
    path = re.search(r'<path d="(M[^"]+)" stroke="var\(--series', svg.render(result, 400, 200))
    assert path
    assert path[1].count("M") == 2


def test_names_from_outside_are_text() -> None:
    window = Window(0, 50, 50)
    frame = Frame(window.times(), ({"endpoint": "</text><script>x</script>"},), np.array([[1.0, 2.0]]))
    from panels.spec import LabelHeatmap

    panel = Panel(
        id="p",
        title="P",
        unit=Unit.COUNT,
        view=LabelHeatmap(),
        queries=(Query("x", "{{endpoint}}"),),
        description="",
        empty_message="",
    )
    result = draw(panel, (frame,), DrawContext(window)).figure
    assert result is not None
    root = ElementTree.fromstring(svg.render(result, 400, 200, title="<b>"))
    assert not list(root.iter(f"{NAMESPACE}script"))


def test_a_figure_without_data_still_has_its_axis() -> None:
    panel = Panel(
        id="p", title="P", unit=Unit.COUNT, view=Lines(), queries=(Query("x"),), description="", empty_message=""
    )
    result = draw(panel, (), DrawContext(WINDOW)).figure
    assert result is not None
    assert "data-t" in svg.render(result, 400, 200)
