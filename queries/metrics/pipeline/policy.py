"""How long what was fetched is good for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from queries.metrics.cache.extents import Freshness
from queries.metrics.pipeline.base import Call
from queries.metrics.restart_watch import RestartWatch
from queries.metrics.settings import EngineSettings


@dataclass(frozen=True)
class FreshnessPolicy:
    """Judges pieces by the settings, the clock (epoch seconds) and the start of the backend's process."""

    settings: EngineSettings
    clock: Callable[[], float]
    watches: Mapping[str, RestartWatch]

    def freshness(self, call: Call) -> Freshness:
        """Which pieces are good for this call now."""
        settings, step = self.settings, call.request.window.step
        # Entries filled together must not all expire together.
        spread = 0.8 + 0.2 * (zlib.crc32(call.key.encode()) % 1_000) / 1_000
        return Freshness(
            now=self.clock(),
            fresh_for=min(max(step, 1), settings.fresh_for),
            life=settings.extent_life * spread,
            floor=self.watches[call.request.source].floor,
        )

    def settled_until(self, call: Call, as_of: float) -> int:
        """The newest point that, fetched at `as_of`, will not change any more.

        Nothing settles in an answer that cannot be extended.
        """
        if not call.extendable:
            return call.span.first - 1
        tolerance = max(self.settings.tolerance, 2 * call.request.window.step)
        return call.grid.point(as_of - tolerance)
