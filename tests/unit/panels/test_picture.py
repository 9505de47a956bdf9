"""A picture for a wiki or a mail names what it shows and needs nothing from a page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from panels import draw
from panels.picture import picture
from tests.panel_samples import Sample, samples

CHARTS = {sample.panel.id: sample for sample in samples() if draw(sample.panel, sample.frames, sample.context).figure}
TEXT = "{http://www.w3.org/2000/svg}text"


def drawn(sample: Sample, width: int = 600, height: int = 300) -> str:
    """The sample's picture in the dark theme."""
    figure = draw(sample.panel, sample.frames, sample.context).figure
    assert figure is not None
    return picture(figure, width, height, "dark", "<Title>", sample.panel.unit.value, "what it shows")


@pytest.mark.parametrize("sample", CHARTS.values(), ids=CHARTS)
def test_it_is_well_formed_and_has_no_token_left(sample: Sample) -> None:
    text = drawn(sample)
    root = ElementTree.fromstring(text)
    assert "var(" not in text
    assert (root.get("width"), root.get("height")) == ("600", "300")
    assert "".join(next(root.iter(TEXT)).itertext()).startswith("<Title>")


def test_its_legend_names_each_series_once() -> None:
    texts = [text.text for text in ElementTree.fromstring(drawn(CHARTS["latency"])).iter(TEXT)]
    assert [texts.count(name) for name in ("p50", "p95", "p99")] == [1, 1, 1]


def test_a_legend_that_does_not_fit_says_how_many_are_missing() -> None:
    texts = [text.text or "" for text in ElementTree.fromstring(drawn(CHARTS["cpu"], 200)).iter(TEXT)]
    names = [text for text in texts if text.startswith("10.0.")]
    more = [text for text in texts if text.endswith("more")]
    assert more == [f"and {8 - len(names)} more"]


def test_nothing_lies_outside_the_picture() -> None:
    root = ElementTree.fromstring(drawn(CHARTS["codes"]))
    assert all(float(text.get("y", 0)) <= 300 for text in root.iter(TEXT))
