"""A picture for a wiki or a mail names what it shows and needs nothing from a page."""

from __future__ import annotations

from html import unescape
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from panels import draw
from panels.picture import Caption, picture
from panels.picture_shapes import fit, text_width
from panels.spec import Drawing
from tests.panel_samples import Sample, samples

ALL = {sample.panel.id: sample for sample in samples()}
TEXT = "{http://www.w3.org/2000/svg}text"
CAPTION = Caption("<Title>", "ms", "Board", "the range")


def drawn(sample: Sample, width: int = 600, height: int = 300, zone: str = "UTC") -> str:
    """The sample's picture in the dark theme."""
    drawing = draw(sample.panel, sample.frames, sample.context)
    return picture(drawing, width, height, "dark", CAPTION, ZoneInfo(zone))


def texts(svg: str) -> list[str]:
    """Every text of a picture, in its order."""
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(TEXT)]


@pytest.mark.parametrize("sample", ALL.values(), ids=ALL)
@pytest.mark.parametrize("size", [(200, 120), (600, 300), (2_000, 1_000)])
def test_it_is_well_formed_has_no_token_left_and_ends_at_its_edges(sample: Sample, size: tuple[int, int]) -> None:
    svg = drawn(sample, *size)
    root = ElementTree.fromstring(svg)
    assert "var(" not in svg
    assert "currentColor" not in svg
    assert "foreignObject" not in svg
    assert (root.get("width"), root.get("height")) == tuple(map(str, size))
    assert texts(svg)[0] == "<Title>"
    assert texts(svg)[-1] == "the range"
    assert [text.text for text in root.iter(TEXT) if float(text.get("y", 0)) > size[1]] == []


def test_its_legend_names_each_series_once() -> None:
    names = texts(drawn(ALL["latency"]))
    assert [names.count(name) for name in ("p50", "p95", "p99")] == [1, 1, 1]


def test_a_legend_that_does_not_fit_says_how_many_are_missing() -> None:
    names = texts(drawn(ALL["cpu"], 200))
    more = [text for text in names if text.endswith("more")]
    assert more == [f"and {8 - sum(text.startswith('10.0.') for text in names)} more"]


def test_a_heatmap_has_its_scale() -> None:
    assert "logarithmic" in texts(drawn(ALL["by-endpoint"]))[-2]


def test_a_tile_shows_the_number_the_unit_the_status_and_the_change_of_its_fragment() -> None:
    sample = ALL["error-rate"]
    html = draw(sample.panel, sample.frames, sample.context).html
    names = texts(drawn(sample, 360, 220))
    assert "critical" in names
    assert any(text.endswith("vs yesterday") for text in names)
    assert all(text in unescape(html).replace("</span><span", " ") or "vs" in text for text in names[3:5])


def test_a_table_shows_its_cells_and_counts_what_does_not_fit() -> None:
    sample = next(sample for sample in ALL.values() if sample.panel.title == "Slowest endpoints")
    whole, cut = texts(drawn(sample, 1_200, 600)), texts(drawn(sample, 500, 180))
    assert "/v1/chat/completions" in whole
    assert not any(text.startswith("and ") for text in whole)
    assert any("more rows" in text and "more columns" in text for text in cut)


def test_cards_cells_and_text_are_drawn() -> None:
    titles = {sample.panel.title: sample for sample in ALL.values()}
    assert {"anthropic", "Availability", "down"} <= set(texts(drawn(titles["Providers"])))
    assert {"Cache", "sessions"} <= set(texts(drawn(titles["Health"])))
    assert "• restart helps" in texts(drawn(titles["About this board"]))


def test_a_cut_off_list_of_cells_counts_the_rest() -> None:
    titles = {sample.panel.title: sample for sample in ALL.values()}
    assert any(text.startswith("and ") for text in texts(drawn(titles["Health"], 300, 140)))
    assert any(text.startswith("and ") for text in texts(drawn(titles["Providers"], 220, 200)))


def test_times_are_those_of_the_zone() -> None:
    assert "15:30" in texts(drawn(ALL["latency"], zone="Asia/Kolkata")) or "16:00" in texts(
        drawn(ALL["latency"], zone="Asia/Kolkata")
    )
    assert "17:00" in texts(drawn(ALL["latency"], zone="Europe/Berlin"))
    assert "10:00" not in texts(drawn(ALL["latency"], zone="Europe/Berlin"))


def test_a_reason_stands_in_place_of_data_and_a_warning_beside_them() -> None:
    empty = texts(picture(Drawing(), 400, 200, "light", Caption("T", reason="No traffic in this hour.")))
    stale = texts(picture(Drawing(), 400, 200, "light", Caption("T", footer="range", warning="3 min old.")))
    assert empty == ["T", "No traffic in this hour."]
    assert stale == ["T", "3 min old. range"]


@pytest.mark.parametrize("name", ["模型" * 30, "gpt 模型 " * 9, "🚀" * 40, "plain-" * 20, "模"])
def test_a_name_of_wide_characters_fits_its_width(name: str) -> None:
    assert text_width(fit(name, 100)) <= 100
    assert fit(name, 2_000) == name.strip() or " " in name
