"""What is compared: signals, and their numbers before and during the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Form(StrEnum):
    """How the numbers of a signal are to be read."""

    SHARE = "share"  # counts of a part and of the whole
    LATENCY = "latency"  # cumulative bucket counts
    LEVEL = "level"  # a value or a rate, compared by its ratio
    FILL = "fill"  # a share of a capacity, 0 to 1, compared by its difference


@dataclass(frozen=True)
class Signal:
    """One quantity, split by the values of `label`; `label` is empty for a total.

    `events` names what is counted or measured (“failed calls”). `badness` weighs its changes against those of other
    signals; `least` is the smallest change that matters: a difference of shares, or log2 of a ratio. `bad_falling`
    marks signals that are worse when they fall; `both` those for which either direction tells something. `effects_of`
    are the ids of signals whose changes can cause this one's. `least_groups`: with fewer label values, or where all of
    them change alike, the label says nothing about the place. `container` is the label of what contains this label's
    values (a model's provider). From the fill `saturated` on, a signal explains what would otherwise explain it.
    `least_cause` is the smallest change of a level, log2 of its ratio, that explains others.
    """

    id: str
    label: str
    events: str
    form: Form
    badness: float = 1.0
    least: float = 0.0
    effects_of: tuple[str, ...] = ()
    least_groups: int = 1
    container: str = ""
    saturated: float = math.inf
    least_cause: float = 0.0
    bad_falling: bool = False
    both: bool = False
    unit: str = ""
    href: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """One value of the signal's label. Arrays have one column per step, NaN where there is no sample.

    SHARE: `part` and `whole` are counts per step, (steps,). LATENCY: `part` is cumulative counts (bounds, steps).
    LEVEL and FILL: `part` is the value, (steps,).
    """

    value: str
    part_before: Floats
    part_now: Floats
    whole_before: Floats | None = None
    whole_now: Floats | None = None
    parent: str = ""  # the value that contains this one: a model's provider


@dataclass(frozen=True, eq=False)
class Observation:
    """A signal with all of its groups. `times` (n,) are the instants of the window in epoch seconds."""

    signal: Signal
    groups: tuple[Group, ...]
    times: npt.NDArray[np.int64]
    bounds: Floats | None = None
