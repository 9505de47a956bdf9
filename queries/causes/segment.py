"""Where a series departs from its baseline: deviations in units of the baseline's own noise, and their strongest run.

Arrays are float64 with one value per step; NaN means that there is no sample. No function returns NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAD_TO_SIGMA: Final = 1.4826  # of a normal distribution
RELATIVE_NOISE: Final = 0.02  # a constant series is taken to vary by so much of its level
LIMIT: Final = 1_000.0  # of deviations, so that they stay finite
SCORED: Final = 8.0  # deviations beyond it count as this many: a single step must not decide
CORE: Final = 0.3  # of a segment's third largest deviation: steps below it belong to slower changes around it
LEAST_VARIANCE: Final = 0.05  # 1 − share of a binomial count is taken to be at least this
UNUSUAL: Final = 4.0  # standard errors from which a step of the baseline belongs to an earlier incident
DRIFT: Final = 1.0  # what a deviation must exceed to extend a segment
CHI2_MEDIAN: Final = 0.4549  # median of the chi-squared distribution with one degree of freedom


@dataclass(frozen=True)
class Segment:
    """Steps `start` to `end` (exclusive) in which a series deviates; `score` is in standard errors, signed."""

    start: int
    end: int
    score: float

    @property
    def steps(self) -> slice:
        """The steps as an index."""
        return slice(self.start, self.end)


def level_deviations(before: Floats, now: Floats, least_noise: float = 0.0) -> Floats:
    """Deviations of `now` (n,) from the median of `before` (m,), in units of its MAD; 0 where either has no sample.

    The noise is taken to be at least `least_noise`, in the unit of the values.
    """
    known = before[np.isfinite(before)]
    if not known.size:
        return np.zeros(now.size)
    centre = float(np.median(known))
    spread = MAD_TO_SIGMA * float(np.median(np.abs(known - centre)))
    noise = max(spread, RELATIVE_NOISE * abs(centre), least_noise, np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        deviations = np.clip((now - centre) / noise, -LIMIT, LIMIT)
    return np.where(np.isfinite(deviations), deviations, 0.0)


def count_deviations(part: Floats, whole: Floats, share: float) -> Floats:
    """Deviations of counts `part` (n,) of `whole` (n,) from an expected share (0 to 1), by their binomial error."""
    part, whole = np.maximum(np.nan_to_num(part), 0), np.maximum(np.nan_to_num(whole), 0)
    # Anscombe's transform: a few events where less than one is expected are no large deviation.
    rise = 2 * (np.sqrt(part + 0.375) - np.sqrt(whole * share + 0.375))
    deviations: Floats = np.clip(rise / math.sqrt(max(LEAST_VARIANCE, 1 - share)), -LIMIT, LIMIT)
    return deviations


def dispersion(deviations: Floats) -> float:
    """How many times wider than its error the baseline itself varies, at least 1."""
    active = deviations[deviations != 0]
    if active.size < 4:
        return 1.0
    return max(1.0, float(np.sqrt(np.median(active**2) / CHI2_MEDIAN)))


def usual_counts(part: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """A baseline's counts without the steps of an earlier incident, as long as that is the smaller part of it."""
    active = whole > 0
    if not active.any():
        return part, whole
    deviations = count_deviations(part, whole, float(np.median(part[active] / whole[active])))
    usual = active & (deviations <= UNUSUAL * dispersion(deviations))
    return (part[usual], whole[usual]) if usual.sum() > active.sum() / 2 else (part, whole)


def segments(deviations: Floats) -> tuple[Segment, ...]:
    """The runs of steps that deviate most, one up and one down, as far as any step deviates by more than DRIFT."""
    candidates = (_rise(deviations, 1), _rise(-deviations, -1))
    return tuple(segment for segment in candidates if segment is not None)


def strongest_segment(deviations: Floats) -> Segment | None:
    """The run of steps that deviates most, up or down; None when no step deviates by more than DRIFT."""
    return max(segments(deviations), key=lambda segment: abs(segment.score), default=None)


def _rise(deviations: Floats, sign: int) -> Segment | None:
    scored = np.minimum(deviations, SCORED)
    start, end = _heaviest_run(scored - DRIFT)
    if start == end:
        return None
    within = deviations[start:end]
    first, last = _heaviest_run(within - CORE * np.sort(within)[-min(3, within.size)])
    start, end = (start + first, start + last) if last > first else (start, end)
    return Segment(start, end, sign * float(scored[start:end].sum() / np.sqrt(end - start)))


def _heaviest_run(gains: Floats) -> tuple[int, int]:
    """Start and end of the contiguous run with the largest positive sum (Kadane); (0, 0) when there is none."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    lowest = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - lowest))
    if sums[end] - lowest[end] <= 0:
        return 0, 0
    return int(np.argmin(sums[: end + 1])), end
