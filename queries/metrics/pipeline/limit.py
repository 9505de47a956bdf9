"""Refuse what no panel needs: ranges and numbers of points beyond the settings."""

from __future__ import annotations

from queries.core.errors import InvalidInput, LimitExceeded
from queries.metrics.request import Request
from queries.metrics.settings import DAY, EngineSettings


def limit(request: Request, settings: EngineSettings) -> Request:
    """The request. Raises LimitExceeded, whose sentence has the limit and the demand, or InvalidInput."""
    window = request.window
    if window.step < 1 or window.end < window.start:
        raise InvalidInput("step", "A window must have a positive step and end after its start.")
    if window.seconds > settings.max_range:
        raise LimitExceeded(
            f"The range is {window.seconds / DAY:.1f} days; the limit is {settings.max_range / DAY:.0f} days."
        )
    if window.points > settings.max_points:
        raise LimitExceeded(
            f"The range has {window.points:,} points of {window.step} s; the limit is {settings.max_points:,}.",
            "Choose a longer step or a shorter range.",
        )
    return request
