"""PNG from SVG in a process of its own."""

from __future__ import annotations

import threading

import pytest

from app.raster import AT_ONCE, Raster
from app.raster_process import FONTS, draw
from queries.core.errors import Busy, SourceUnavailable

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><rect width="90" height="30" fill="#fff"/>{}</svg>'
)
WORD = '<text x="4" y="20" font-family="Roboto" font-size="16">Größe ↑ Ω</text>'


def test_text_is_drawn_with_the_shipped_fonts() -> None:
    empty, word = (draw({"form": "png", "scale": 1, "pages": [SVG.format(text)]}) for text in ("", WORD))

    assert len(list(FONTS.glob("*.ttf"))) == 3
    assert len(word) > len(empty) + 200


def test_the_process_gives_the_same_bytes() -> None:
    assert Raster().png(SVG.format(WORD), 2) == draw({"form": "png", "scale": 2, "pages": [SVG.format(WORD)]})


def test_what_is_not_an_svg_is_an_error_with_advice() -> None:
    with pytest.raises(SourceUnavailable, match=r"Ask for \.svg"):
        Raster().png("<svg", 1)


def test_more_than_the_allowed_number_at_once_wait_and_are_then_refused() -> None:
    turns = threading.BoundedSemaphore(AT_ONCE)
    for _ in range(AT_ONCE):
        turns.acquire()

    with pytest.raises(Busy):
        Raster(0.01, _turns=turns).png(SVG.format(""), 1)
