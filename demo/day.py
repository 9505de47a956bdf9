"""The day that the history tells: how busy it was, what went wrong, and when the gateway restarted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway.catalog import traffic_level

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

HOUR: Final = 3_600
SPACING: Final = 30  # seconds between samples: a rate over a minute, the shortest there is, still sees two
HOURS: Final = 26  # so that the first minute can be compared with the day before


@dataclass(frozen=True)
class Incident:
    """Something that went wrong, from `hours_ago` for `minutes`.

    `kind` is a name of `gateway.faults`; `place` is the endpoint, provider, team, … that it concerns, and `size` how
    strong it is: a share of failures or of a capacity, milliseconds, or how many times the usual.
    """

    kind: str
    hours_ago: float
    minutes: float
    place: str = ""
    size: float = 0.0


ERRORS = Incident("errors", 5.0, 25, "/v1/chat/completions", 0.30)  # one endpoint fails
SLOW = Incident("slow", 11.5, 40, "anthropic", 6.0)  # one provider is slow and refuses calls
SPIKE = Incident("spike", 17.0, 20, size=6.0)  # WebSocket connections multiply
STORY: Final = (ERRORS, SLOW, SPIKE)
OUTAGE_HOURS_AGO: Final = 8.0  # the gateway was away for three minutes
OUTAGE_MINUTES: Final = 3.0
RESTART_HOURS_AGO: Final = 14.0  # and restarted once between two scrapes


@dataclass(frozen=True)
class Day:
    """The time axis (epoch seconds) and what was the case at each instant."""

    times: npt.NDArray[np.int64]
    level: Floats  # traffic, 1 being the mean
    rng: np.random.Generator
    incidents: tuple[Incident, ...] = STORY

    def size(self, kind: str, place: str = "", usual: float = 0.0) -> Floats:
        """The size of the incidents of a kind at a place at each instant, which moves from `usual` to theirs."""
        matching = [incident for incident in self.incidents if (incident.kind, incident.place) == (kind, place)]
        return usual + sum(((i.size - usual) * self.during(i) for i in matching), np.zeros(self.times.size))

    def during(self, incident: Incident) -> Floats:
        """How strongly an incident holds at each instant, 0 to 1: it comes in two minutes and goes in five."""
        start = self.times[-1] - incident.hours_ago * HOUR
        rise = np.clip((self.times - start) / 120, 0, 1)
        fall = np.clip((start + incident.minutes * 60 - self.times) / 300, 0, 1)
        held: Floats = np.minimum(rise, fall)
        return held

    @property
    def gateway_up(self) -> Mask:
        """False while the gateway was away."""
        start = self.times[-1] - OUTAGE_HOURS_AGO * HOUR
        away: Mask = (self.times >= start) & (self.times < start + OUTAGE_MINUTES * 60)
        return ~away

    def counter(self, per_second: Floats | float) -> Floats:
        """A counter that grew at a rate; it starts anew at each restart."""
        return self.since_restart(self.events(per_second))

    def events(self, per_second: Floats | float) -> Floats:
        """How many events there were between two samples, scattered as independent events are."""
        rate = np.broadcast_to(np.asarray(per_second, dtype=np.float64), self.times.shape)
        counted: Floats = self.rng.poisson(np.maximum(rate, 0) * SPACING).astype(np.float64)
        return counted

    def since_restart(self, increments: Floats) -> Floats:
        """The running sum of increments, beginning at zero whenever the process began."""
        total = np.cumsum(np.where(self.gateway_up, increments, 0.0))
        for hours_ago in (RESTART_HOURS_AGO, OUTAGE_HOURS_AGO):
            index = int(np.searchsorted(self.times, self.times[-1] - hours_ago * HOUR))
            total[index:] -= total[index]
        return total


def day(end: int, seed: int = 20_260_101, hours: float = HOURS, incidents: tuple[Incident, ...] = STORY) -> Day:
    """So many hours up to `end` (epoch seconds); the same arguments give the same day."""
    last = end // SPACING * SPACING
    times = np.arange(last - round(hours * HOUR), last + 1, SPACING, dtype=np.int64)
    rng = np.random.default_rng(seed)
    wobble = np.convolve(rng.normal(0, 0.25, times.size + 20), np.ones(21) / 21, mode="valid")
    level = np.array([traffic_level(float(instant)) for instant in times]) * (1 + wobble)
    return Day(times, level, rng, incidents)
