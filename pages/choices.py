"""What the controls offer and which parameters of an address are personal.

The browser has the same table: `assets/src/choices.js` bundles `choices.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_TABLE: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "choices.json").read_text("utf-8"))
QUICK_RANGES: Final[Mapping[str, str]] = _TABLE["quick_ranges"]  # start of the range: its name
REFRESH_INTERVALS: Final[Mapping[str, str]] = _TABLE["refresh_intervals"]  # value of `refresh`: its name
COMPARISONS: Final[Mapping[str, str]] = _TABLE["comparisons"]  # value of `compare`: name of the earlier period
PERSONAL: Final[frozenset[str]] = frozenset(_TABLE["personal"])  # parameters that do not change what is asked
# Words that addresses use for something else than filters.
RESERVED_PARAMETERS: Final = frozenset(("from", "to", "compare", "w", "panels", "status", "boards", "at", *PERSONAL))
