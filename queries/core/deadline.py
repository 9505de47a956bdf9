"""Deadlines: an instant on the monotonic clock by which somebody must have an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """`at` is in seconds of the monotonic clock, so that a jump of the wall clock moves no deadline."""

    at: float

    @staticmethod
    def after(seconds: float) -> Deadline:
        """The deadline that many seconds from now."""
        return Deadline(time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """True when no time is left."""
        return self.remaining == 0.0

    def earlier(self, seconds: float) -> Deadline:
        """This deadline, or `seconds` from now if that is earlier."""
        return Deadline(min(self.at, time.monotonic() + seconds))
