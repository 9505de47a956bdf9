"""Observations with known changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from queries.causes.signals import Form, Group, Observation, Signal

Floats = npt.NDArray[np.float64]
STEPS = 60
TIMES = np.arange(STEPS, dtype=np.int64) * 60 + 1_000_000
ONSET = 30


def signal(id_: str = "failures", label: str = "provider", form: Form = Form.SHARE, **more: object) -> Signal:
    """A signal with usual weights."""
    return Signal(id_, label, "failed calls", form, **{"least": 0.02, **more})  # type: ignore[arg-type]


def stepped(before: float, now: float) -> Floats:
    """`before` until ONSET, `now` from then on."""
    return np.where(np.arange(STEPS) < ONSET, before, now).astype(np.float64)


def share(value: str, before: float, now: float, calls: float = 600.0, seed: int = 0) -> Group:
    """A group whose share of failed calls changes at ONSET; counts scatter."""
    rng = np.random.default_rng(seed)
    whole = np.full(STEPS, calls)
    earlier = rng.binomial(int(calls), np.full(STEPS, before)).astype(np.float64)
    later = rng.binomial(int(calls), stepped(before, now)).astype(np.float64)
    return Group(value, earlier, later, whole, whole)


def observed(what: Signal, *groups: Group, bounds: Floats | None = None) -> Observation:
    """An observation of an hour."""
    return Observation(what, groups, TIMES, bounds)
