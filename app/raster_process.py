"""The process behind `app.raster`: a job as JSON on standard input, the finished bytes on standard output."""

from __future__ import annotations

import io
import json
import resource
import sys
from pathlib import Path
from typing import Any, Final

import resvg_py

FONTS: Final = Path(__file__).resolve().parent.parent / "assets" / "vendor" / "fonts"
MEMORY_BYTES: Final = 1_500 * 2**20
CPU_SECONDS: Final = 20


def draw(job: dict[str, Any]) -> bytes:
    """The bytes of a job."""
    return _pdf(job["pages"]) if job["form"] == "pdf" else _png(job)


def _pdf(pages: list[str]) -> bytes:
    import svg2pdf_py  # type: ignore[import-untyped]
    from pypdf import PdfWriter

    fonts = svg2pdf_py.FontDatabase()
    for path in sorted(FONTS.glob("*.ttf")):
        fonts.load_font_file(str(path))
    writer, out = PdfWriter(), io.BytesIO()
    for page in svg2pdf_py.svg_pages_to_pdfs(pages, fonts):
        writer.append(io.BytesIO(page))
    writer.compress_identical_objects()
    writer.write(out)
    return out.getvalue()


def _png(job: dict[str, Any]) -> bytes:
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=job["pages"][0],
            zoom=job["scale"],
            skip_system_fonts=True,
            font_files=sorted(map(str, FONTS.glob("*.ttf"))),
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
