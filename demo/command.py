"""The command round the demo: `codeagent-dashboards demo [stop]`, `python -m demo [stop]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo import supervisor
from demo.paths import default_data
from demo.ports import Ports
from demo.services import Missing
from gateway.catalog import BASE_RATE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument("action", nargs="?", choices=("start", "stop"), default="start")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of all data (%(default)s)")
    parser.add_argument("--rate", type=float, default=BASE_RATE, help="requests per second of a mean hour")


def run(chosen: argparse.Namespace) -> int:
    """Start the demo and stay until Ctrl-C, or stop one; 0 after a demo that was ended, 1 when it cannot start."""
    data = chosen.data.expanduser().resolve()
    try:
        if chosen.action == "stop":
            return _stop(data)
        from demo.runner import Demo  # imports numpy and the gateway's load; `stop` should not wait for it

        return Demo(Ports.load(), data, chosen.rate).run()
    except (Missing, OSError, ValueError) as problem:
        sys.stderr.write(f"demo: {problem}\n")
        return 1


def _stop(data: Path) -> int:
    running = supervisor.remembered(data / "running.json")
    supervisor.stop(running)
    (data / "running.json").unlink(missing_ok=True)
    names = ", ".join(process.name for process in running)
    sys.stdout.write(f"Stopped {names}.\n" if running else "No demo is running.\n")
    return 0
