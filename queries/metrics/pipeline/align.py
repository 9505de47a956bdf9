"""Move a window onto the grid of its step, so that viewers of the same range share the same points."""

from __future__ import annotations

from dataclasses import replace

from queries.metrics.request import Request
from queries.metrics.settings import DAY, EngineSettings


def align(request: Request, _settings: EngineSettings) -> Request:
    """The request with both ends on one grid.

    A grid through the epoch for steps below a day; through the window's own start from a day on, since days begin
    at the midnight of a time zone.
    """
    window = request.window
    phase = window.start % window.step if window.step >= DAY else 0
    start = (window.start - phase) // window.step * window.step + phase
    end = (window.end - phase) // window.step * window.step + phase
    if (start, end) == (window.start, window.end):
        return request
    return replace(request, window=replace(window, start=start, end=end))
