"""Latency as counts: quantiles of classic histograms, and how many observations are slower than before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def quantile(q: float, bounds: Floats, cumulative: Floats) -> float:
    """Quantile from cumulative counts (bounds,) as Prometheus interpolates it; 0 without observations.

    `bounds` are ascending and end with +Inf, whose observations count as the largest finite bound.
    """
    counts = np.maximum.accumulate(np.nan_to_num(cumulative))
    if not counts.size or counts[-1] <= 0:
        return 0.0
    rank = q * counts[-1]
    index = int(np.searchsorted(counts, rank))
    finite = bounds[np.isfinite(bounds)]
    if index >= finite.size:
        return float(finite[-1]) if finite.size else 0.0
    lower, below = (float(bounds[index - 1]), float(counts[index - 1])) if index else (0.0, 0.0)
    inside = float(counts[index]) - below
    return lower + (float(bounds[index]) - lower) * ((rank - below) / inside if inside > 0 else 1.0)


def slow_bound(cumulative: Floats, q: float = 0.9) -> int:
    """Index of the first bound that a share `q` of the observations (bounds,) does not exceed; never that of +Inf."""
    counts = np.nan_to_num(cumulative)
    reached = int(np.searchsorted(counts, q * counts[-1])) if counts.size else 0
    return max(0, min(reached, counts.size - 2))
