"""What drawing a board as pictures costs: CPU of the SVG of 12 panels, and of the same as PNG and PDF.

    python -m bench.render [--quick]

The panels are those of tests/panel_samples.py with six hours of minutes, drawn from their frames at 640 × 320 pixels.
PNG and PDF are made in a process of their own, whose start is part of the number.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence

from app.raster import Raster
from bench.common import arguments, finish, say
from panels import draw
from panels.picture import Caption, picture
from panels.spec import Row
from tests.panel_samples import Sample, samples

PANELS = 12
GOAL_MS = 25.0


def board(chosen: Sequence[Sample]) -> list[str]:
    """The pictures of panels."""
    return [
        picture(draw(sample.panel, sample.frames, sample.context), 640, 320, "light", Caption(sample.panel.title))
        for sample in chosen
    ]


def cpu() -> float:
    """Seconds of CPU of this process and of its ended children."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def best(act: Callable[[], object], rounds: int) -> float:
    """Milliseconds of CPU of the cheapest round."""
    costs = []
    for _ in range(rounds):
        begun = cpu()
        act()
        costs.append((cpu() - begun) * 1_000)
    return min(costs)


def main() -> None:
    """Measure and print."""
    rounds = 5 if arguments(__doc__).quick else 25
    chosen = [sample for sample in samples() if not isinstance(sample.panel.view, Row)][-PANELS:]
    pictures, raster = board(chosen), Raster()
    begun = time.perf_counter()
    svg_ms = best(lambda: board(chosen), rounds)
    png_ms = best(lambda: [raster.png(svg, 1.0) for svg in pictures], 1 if rounds == 5 else 3)
    pdf_ms = best(lambda: raster.pdf(pictures), 1 if rounds == 5 else 3)
    say(f"SVG {svg_ms:.1f} ms (goal {GOAL_MS:g}), PNG {png_ms:.0f} ms, PDF {pdf_ms:.0f} ms for {PANELS} panels")
    say(f"{sum(map(len, pictures)) / 1_000:.0f} kB of SVG; {time.perf_counter() - begun:.1f} s")
    finish(svg_ms=round(svg_ms, 1), goal_ms=GOAL_MS, png_ms=round(png_ms), pdf_ms=round(pdf_ms), panels=PANELS)


if __name__ == "__main__":
    main()
