"""Environment variables of the demo: those it reads, and those that its processes are given."""

from __future__ import annotations

import os
from collections.abc import Mapping

from demo.paths import IS_CHECKOUT, ROOT


def current() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def of_process(own: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process: ours, a path to a checkout that need not be installed, and its own."""
    path = [str(ROOT)] if IS_CHECKOUT else []
    path += filter(None, [os.environ.get("PYTHONPATH", "")])
    return {**os.environ, **({"PYTHONPATH": os.pathsep.join(path)} if path else {}), **own}
