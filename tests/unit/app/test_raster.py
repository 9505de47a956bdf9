"""PNG from SVG in a process of its own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.raster import AT_ONCE, SYSTEM_FONTS, Raster
from app.raster_process import FONTS, draw, system_fonts
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fonts as Debian's packages install them; only their names count."""
    for name in ("opentype/noto/NotoSerifCJK.ttc", "opentype/noto/NotoSansCJK.ttc", "truetype/Mono.TTF", "conf/README"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["模型", "モデル", "모델", "نموذج", "שם", "नमूना", "🚀", "⚡"])
def test_names_in_other_scripts_are_drawn_with_fonts_of_the_system_those_without_serifs_first(
    folder: Path, name: str
) -> None:
    names = [Path(font).name for font in system_fonts([SVG.format(f"<text>{name}</text>")], str(folder))]
    assert names == ["NotoSansCJK.ttc", "Mono.TTF", "NotoSerifCJK.ttc"]


@pytest.mark.parametrize("text", ["Größe ↑ Ω → ≥ ● ▲", "Модель", "1–10 of 200 · p95 …", "café"])
def test_other_pictures_read_no_fonts_of_the_system_and_look_alike_everywhere(folder: Path, text: str) -> None:
    assert system_fonts([SVG.format(f"<text>{text}</text>")], str(folder)) == []


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_fonts_that_are_absent_or_cannot_be_read_leave_the_picture_as_it_is(folder: Path, form: str) -> None:
    page = SVG.format('<text x="4" y="20" font-family="Roboto" font-size="16">模型</text>')
    expected = len(draw({"form": form, "scale": 1, "pages": [page]}))
    for fonts in (str(folder), "/absent"):
        assert len(draw({"form": form, "scale": 1, "pages": [page], "fonts": fonts})) == expected


@pytest.mark.skipif(not any(SYSTEM_FONTS.rglob("NotoSansCJK*")), reason="needs the package fonts-noto-cjk")
def test_a_chinese_name_is_drawn_where_the_system_has_the_font() -> None:
    page = SVG.format('<text x="4" y="20" font-family="Roboto" font-size="16">模型 模型</text>')
    assert Raster().png(page, 1) != Raster(fonts=Path("/absent")).png(page, 1)


def test_what_is_not_an_svg_is_an_error_with_advice() -> None:
    with pytest.raises(SourceUnavailable, match=r"Ask for \.svg"):
        Raster().png("<svg", 1)


def test_more_than_the_allowed_number_at_once_wait_and_are_then_refused() -> None:
    turns = threading.BoundedSemaphore(AT_ONCE)
    for _ in range(AT_ONCE):
        turns.acquire()

    with pytest.raises(Busy):
        Raster(0.01, _turns=turns).png(SVG.format(""), 1)
