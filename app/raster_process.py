"""The process behind `app.raster`: a job as JSON on standard input, the finished bytes on standard output."""

from __future__ import annotations

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
