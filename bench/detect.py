"""How long the first board takes against a Prometheus whose gateway is not known yet.

    python -m bench.detect [--quick]

A Prometheus with 20,000 other metric names and the recorded exposition of LiteLLM. `first_board_ms`: from building the
app, whose profile is `auto`, until every panel of Provider Monitoring is there; the median of fresh apps.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.factory import App, create_app
from app.panel_view import BoardView, PanelState
from app.settings import Settings
from app.state import State
from bench.common import arguments, finish, prometheus_over, say
from pages.providers import BOARD
from queries.core.time_range import TimeRange

NAMES = 20_000
SECONDS, SCRAPE = 3_600, 30
EXPOSITION = Path(__file__).parents[1] / "tests" / "data" / "expositions" / "litellm" / "metrics.prom"


def samples(end: int) -> Iterator[str]:
    """Each recorded series, growing over an hour, and one sample of each other name."""
    for line in EXPOSITION.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        series, _, value = line.rpartition(" ")
        named = series.removesuffix("}") + (',job="litellm"}' if series.endswith("}") else '{job="litellm"}')
        for moment in range(end - SECONDS, end + 1, SCRAPE):
            yield f"{named} {float(value) * (moment - end + SECONDS) / SECONDS:.6f} {moment}"
    yield from (f'other_metric_{number}{{job="others"}} 1 {end}' for number in range(NAMES))
    yield "# EOF\n"


def write_blocks(folder: Path, end: int) -> None:
    """A data folder for Prometheus."""
    text = folder / "samples.om"
    text.write_text("\n".join(samples(end)), encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True)


def first_board(url: str) -> tuple[float, App, BoardView]:
    """Milliseconds until a fresh app has drawn the board."""
    begun = time.perf_counter()
    app = create_app(Settings(prometheus_url=url, deadline_seconds=30))
    board = app.boards.offer().board(BOARD)
    view = app.boards.refresh(State(TimeRange("now-1h")), board.panels)
    return (time.perf_counter() - begun) * 1000, app, view


def main() -> None:
    """Build fresh apps and measure each one's first board."""
    options = arguments(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        end = int(time.time())
        write_blocks(Path(name), end)
        with prometheus_over(Path(name), end) as backend:
            times = []
            for _ in range(3 if options.quick else 10):
                milliseconds, app, view = first_board(backend.url)
                profiles = app.boards.profiles.current().profiles
                app.engine.close()
                states = {panel.state for panel in view.panels}
                if states & {PanelState.PENDING, PanelState.FAILED} or not profiles:
                    raise SystemExit(f"the board is not complete: {states}")
                times.append(milliseconds)
    titles = ", ".join(profile.title for profile in profiles)
    say(f"recognised: {titles}; {len(view.panels)} of {len(BOARD.panels)} panels")
    say(f"first board: {', '.join(f'{milliseconds:.0f}' for milliseconds in times)} ms")
    finish(first_board_ms=statistics.median(times), names=NAMES)


if __name__ == "__main__":
    main()
