"""A price: dollars per token of each kind, from an instant on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from queries.metrics.frame import Times

STANDARD: Final = ""
BATCH: Final = "batch"
_DAY: Final = 86_400
# Values of `service_tier` that mean the standard price; gateways write an unset label as None.
_STANDARD_NAMES: Final = frozenset({"", "default", "standard", "auto", "none", "unknown"})


@dataclass(frozen=True)
class Price:
    """Dollars per token by kind, from an instant (epoch seconds) on.

    `hours` limits it to a part of each day: from and until, seconds since midnight in UTC.
    """

    valid_from: int
    dollars: Mapping[str, float]
    hours: tuple[int, int] | None = None

    def applies(self, times: Times) -> npt.NDArray[np.bool_]:
        """Whether it counts in the step that ends at each instant."""
        since: npt.NDArray[np.bool_] = times > self.valid_from
        if self.hours is None:
            return since
        begin, end = self.hours
        second = (times - 1) % _DAY
        inside = (second >= begin) & (second < end) if begin <= end else (second >= begin) | (second < end)
        return since & inside


def tier_of(label: str) -> str:
    """The tier that a label names: STANDARD, `batch`, `priority`, `flex`."""
    name = label.lower()
    return STANDARD if name in _STANDARD_NAMES else name
