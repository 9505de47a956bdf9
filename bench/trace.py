"""How long until a trace of 100, 1,000 and 10,000 spans stands as a waterfall in Chromium.

    python -m bench.trace [--quick] [--url URL]

Starts the app under gunicorn over files that it writes. `server` is the answer to the whole document, `cold` the first
time it is asked for. `waterfall` is the time from navigation to the mark `codeagent:trace`, set once the first rows are
in the document, with an empty browser cache; `slow` the same with a 4 times slower processor.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import requests
from playwright.sync_api import Playwright, sync_playwright

from bench.common import arguments, finish, free_port, say, wait_ready
from bench.page_visit import CHROMIUM, FLAGS
from bench.trace_data import write

SIZES: Final = (100, 1_000, 10_000)
MARK: Final = "performance.getEntriesByName('codeagent:trace')[0]"


def main() -> None:
    """Print a table and, last, one line of JSON."""
    options = arguments(__doc__)
    runs = 3 if options.quick else 7
    with tempfile.TemporaryDirectory(prefix="bench-trace-") as name:
        folder = Path(name)
        ids = write(folder, SIZES, time.time() - 1_800)
        with _app(folder) as url, sync_playwright() as playwright:
            results = {size: _measure(playwright, url, ids[size], runs) for size in SIZES}
    say("  spans  server cold  server warm     bytes  waterfall  waterfall, 4x slower")
    for size, row in results.items():
        say(
            f"{size:7,} {row['cold']:9.0f} ms {row['warm']:9.0f} ms {row['bytes']:9,.0f} {row['waterfall']:7.0f} ms "
            f"{row['slow']:10.0f} ms"
        )
    numbers = {f"{key}_{size}": value for size, row in results.items() for key, value in row.items()}
    numbers |= {f"ms_{size}": row["waterfall"] for size, row in results.items()}
    numbers |= {f"ms_{size}_slow4x": row["slow"] for size, row in results.items()}
    finish(**{name: value for name, value in numbers.items() if not name.startswith(("waterfall", "slow"))})


@contextmanager
def _app(folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "CODEAGENT_TRACES_DIR": str(folder), "CODEAGENT_PROMETHEUS_URL": "http://127.0.0.1:9"}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "gunicorn.conf.py",
        "--bind",
        f"127.0.0.1:{port}",
        "app.main:server",
    ]
    with (folder / "said").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_ready(f"{url}/health/live")
        time.sleep(2)  # the files are read in the background
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _measure(playwright: Playwright, url: str, trace_id: str, runs: int) -> dict[str, float]:
    address = f"{url}/trace?id={trace_id}"
    cold, size = _get(address)
    warm = statistics.median(_get(address)[0] for _ in range(runs))
    waterfall = statistics.median(_visit(playwright, address, 1) for _ in range(runs))
    slow = statistics.median(_visit(playwright, address, 4) for _ in range(runs))
    return {"cold": cold, "warm": warm, "bytes": float(size), "waterfall": waterfall, "slow": slow}


def _get(address: str) -> tuple[float, int]:
    """Milliseconds and compressed bytes of the document."""
    begun = time.perf_counter()
    with requests.get(address, headers={"Accept-Encoding": "br"}, stream=True, timeout=30) as answer:
        size = len(answer.raw.read(decode_content=False))
    return 1_000 * (time.perf_counter() - begun), size


def _visit(playwright: Playwright, address: str, slow_down: float) -> float:
    """Milliseconds to the waterfall in a browser that has seen nothing yet."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 1440, "height": 900}
        )
        page = context.new_page()
        if slow_down != 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow_down})
        page.goto(address, wait_until="commit")
        page.wait_for_selector(".trace-row", timeout=60_000)
        page.wait_for_function(MARK)
        took = float(page.evaluate(f"{MARK}.startTime"))
        context.close()
    return took


if __name__ == "__main__":
    main()
