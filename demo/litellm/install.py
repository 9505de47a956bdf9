"""The LiteLLM proxy in a virtual environment of its own: its dependencies are not those of the dashboards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VERSION: Final = "1.108.7"
_REQUIREMENT: Final = f"litellm[proxy]=={VERSION}"


class NotInstalled(OSError):
    """The proxy could not be installed; the message is pip's last line."""


def proxy(folder: Path) -> Path:
    """The program `litellm` of the pinned version, installed below the folder if it is not there yet.

    Raises NotInstalled.
    """
    program, marker = folder / "bin" / "litellm", folder / VERSION
    if not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", _REQUIREMENT, "prometheus-client")
        marker.touch()
    return program


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = lines[-1] if lines else f"{command[0]} ended with code {done.returncode}"
        raise NotInstalled(f"LiteLLM {VERSION} could not be installed: {reason}")
