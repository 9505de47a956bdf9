"""The command round the demo: `codeagent-dashboards demo [stop]`, `python -m demo [stop]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from demo import supervisor
from demo.paths import default_data
from demo.services import Missing

LITELLM: Final = "litellm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument("action", nargs="?", choices=("start", "stop"), default="start")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of all data (%(default)s)")
    parser.add_argument("--rate", type=float, help="requests per second of a mean hour")
    parser.add_argument("--scrape", type=int, default=15, help="seconds between scrapes (%(default)s)")
    help_text = "the sample gateway or the LiteLLM proxy (%(default)s)"
    parser.add_argument("--gateway", choices=("sample", LITELLM), default="sample", help=help_text)


def run(chosen: argparse.Namespace) -> int:
    """Start the demo and stay until Ctrl-C, or stop one; 0 after a demo that was ended, 1 when it cannot start."""
    data = chosen.data.expanduser().resolve()
    folders = {"sample": data, LITELLM: data / LITELLM}  # each with its own metrics
    try:
        if chosen.action == "stop":
            return _stop(list(folders.values()))
        from demo import plans  # imports numpy and the gateway's load; `stop` should not wait for it

        return plans.demo(chosen.gateway, folders[chosen.gateway], chosen.rate, chosen.scrape).run()
    except (Missing, OSError, ValueError) as problem:
        sys.stderr.write(f"demo: {problem}\n")
        return 1


def _stop(folders: list[Path]) -> int:
    running = [process for folder in folders for process in supervisor.remembered(folder / "running.json")]
    supervisor.stop(running)
    for folder in folders:
        (folder / "running.json").unlink(missing_ok=True)
    names = ", ".join(process.name for process in running)
    sys.stdout.write(f"Stopped {names}.\n" if running else "No demo is running.\n")
    return 0
