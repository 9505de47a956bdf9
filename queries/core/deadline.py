"""Deadlines: an instant on the monotonic clock by which an answer is needed."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """`expires_at` is in seconds of the monotonic clock: a change of the wall clock does not move it."""

    expires_at: float

    @staticmethod
    def after(seconds: float) -> Deadline:
        """The deadline that many seconds from now."""
        return Deadline(time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.expires_at - time.monotonic())

    @property
    def passed(self) -> bool:
        """True when no time is left."""
        return self.remaining == 0.0

    def earlier(self, seconds: float) -> Deadline:
        """This deadline, or `seconds` from now if that is earlier."""
        return Deadline(min(self.expires_at, time.monotonic() + seconds))
