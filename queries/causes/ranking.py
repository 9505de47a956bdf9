"""Many unrelated series ranked by how much they changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from queries.causes.segment import level_deviations, strongest_segment

Floats = npt.NDArray[np.float64]

LEAST_SCORE: Final = 8.0  # of many series some stand out by chance
LEAST_STEPS: Final = 2
FLOOR: Final = 0.05  # of the larger value: nothing counts as so much, so that ratios stay finite
LEAST_RATIO: Final = 0.26  # log2 of 1.2
LARGEST: Final = 1e150  # sums and squares of larger numbers are infinite


@dataclass(frozen=True)
class Change:
    """How a series changed: medians `before` and `now` in its own unit, the step at which it began, log2 of the ratio.

    `score` is in standard errors, signed.
    """

    before: float
    now: float
    start: int
    ratio: float
    score: float


def change_of(before: Floats, now: Floats) -> Change | None:
    """The strongest change of a series `now` (n,) against `before` (m,); None where it is negligible."""
    before, now = _measured(before), _measured(now)
    known = before[np.isfinite(before)]
    segment = strongest_segment(level_deviations(before, now))
    if segment is None or segment.end - segment.start < LEAST_STEPS or abs(segment.score) < LEAST_SCORE:
        return None
    later = now[segment.steps]
    earlier, changed = float(np.median(known)), float(np.median(later[np.isfinite(later)]))
    floor = FLOOR * max(abs(earlier), abs(changed))
    ratio = math.log2((abs(changed) + floor) / (abs(earlier) + floor)) if floor > 0 else 0.0
    if abs(ratio) < LEAST_RATIO:
        return None
    return Change(earlier, changed, segment.start, ratio, segment.score)


def _measured(values: Floats) -> Floats:
    """The values, NaN in place of those that cannot be a measurement."""
    measured: Floats = np.where(np.abs(values) < LARGEST, values, np.nan)
    return measured
