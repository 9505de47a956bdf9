"""One simulated series, and the series of a histogram."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.day import Day
from telemetry.contract import BY_NAME

Floats = npt.NDArray[np.float64]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Series:
    """One series over the day's time axis."""

    name: str
    labels: Labels
    values: npt.NDArray[Any]


def histogram(
    day: Day, name: str, labels: Labels, events: Floats, median: Floats | float, sigma: float
) -> Iterator[Series]:
    """A classic histogram of lognormal values: cumulative buckets, sum and count that agree with each other."""
    centre = np.log(np.broadcast_to(np.asarray(median, dtype=np.float64), day.times.shape))
    total, cumulative = day.since_restart(events), np.zeros(day.times.size)
    for bound in BY_NAME[name].buckets:
        share = _normal((math.log(bound) - centre) / sigma)
        # The distribution function is good to 1e-7 only, which can make a floor fall below its neighbour's.
        cumulative = np.clip(np.floor(day.since_restart(events * share)), cumulative, total)
        yield Series(f"{name}_bucket", {**labels, "le": f"{bound:g}" if bound < 1e6 else str(int(bound))}, cumulative)
    yield Series(f"{name}_bucket", {**labels, "le": "+Inf"}, total)
    yield Series(f"{name}_count", labels, total)
    yield Series(f"{name}_sum", labels, np.round(day.since_restart(events * np.exp(centre + sigma**2 / 2)), 1))


def _normal(z: Floats) -> Floats:
    """The standard normal distribution function (Abramowitz and Stegun 7.1.26, good to 1e-7)."""
    x = np.abs(z) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    half = 1 - poly * np.exp(-x * x)
    result: Floats = np.where(z >= 0, (1 + half) / 2, (1 - half) / 2)
    return result
