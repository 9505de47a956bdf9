"""The process behind `app.raster`: a job as JSON on standard input, the finished bytes on standard output.

Fonts of the system are read only for a page with characters that the app's own fonts lack: there can be hundreds.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from pathlib import Path
from typing import Any, Final

import resvg_py

FONTS: Final = Path(__file__).resolve().parent.parent / "assets" / "vendor" / "fonts"
# Outside of Latin, Greek and Cyrillic letters, and of arrows, lines and signs, which Roboto and DejaVu Sans have.
_FOREIGN: Final = re.compile("[^\\u0000-\\u058f\\u1d00-\\u22ff\\u2500-\\u25ff]")
_SUFFIXES: Final = (".ttf", ".otf", ".ttc", ".otc")
MOST_FONTS: Final = 1_000
MEMORY_BYTES: Final = 1_500 * 2**20
CPU_SECONDS: Final = 20


def draw(job: dict[str, Any]) -> bytes:
    """The bytes of a job."""
    fonts = [*sorted(map(str, FONTS.glob("*.ttf"))), *system_fonts(job["pages"], job.get("fonts", ""))]
    if job["form"] == "png":
        return _png(job, fonts)
    try:  # coloured bitmaps cannot be embedded
        return _pdf(job["pages"], [font for font in fonts if "Color" not in font])
    except RuntimeError:  # another font cannot be; boxes in names are better than no report
        return _pdf(job["pages"], [font for font in fonts if Path(font).parent == FONTS])


def system_fonts(pages: list[str], folder: str) -> list[str]:
    """The fonts that pages need besides the app's own, plain ones first: a character is drawn by the first with it."""
    if not folder or not any(_FOREIGN.search(page) for page in pages):
        return []
    files = [str(path) for path in Path(folder).rglob("*") if path.suffix.lower() in _SUFFIXES]
    return sorted(files, key=lambda name: ("Serif" in name, "Mono" in name, name))[:MOST_FONTS]


def _pdf(pages: list[str], files: list[str]) -> bytes:
    import svg2pdf_py  # type: ignore[import-untyped]
    from pypdf import PdfWriter

    fonts = svg2pdf_py.FontDatabase()
    for path in files:
        fonts.load_font_file(path)
    writer, out = PdfWriter(), io.BytesIO()
    for page in svg2pdf_py.svg_pages_to_pdfs(pages, fonts):
        writer.append(io.BytesIO(page))
    writer.compress_identical_objects()
    writer.write(out)
    return out.getvalue()


def _png(job: dict[str, Any], files: list[str]) -> bytes:
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=job["pages"][0],
            zoom=job["scale"],
            skip_system_fonts=True,
            font_files=files,
            font_family="Roboto",
            sans_serif_family="Roboto",
        )
    )


def main() -> None:
    """Read, draw, write, within limits of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
