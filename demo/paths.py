"""Where the demo finds the files it needs, and where its data go, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from platformdirs import user_data_path

# The folder that holds the packages: the checkout, or site-packages.
ROOT: Final = Path(__file__).resolve().parent.parent
ALERTS: Final = ROOT / "alerts"
IS_CHECKOUT: Final = (ROOT / "pyproject.toml").is_file()


def default_data() -> Path:
    """The folder of all data: `.demo` in a checkout, a folder of the user for an installed package."""
    return ROOT / ".demo" if IS_CHECKOUT else user_data_path("codeagent-dashboards", appauthor=False) / "demo"
