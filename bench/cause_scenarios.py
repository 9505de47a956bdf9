"""Labelled scenarios of bench/cause: a fault with its size, place and time of day, and an innocent change beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from demo.day import Day, Incident
from gateway import catalog, tenants

Place = tuple[str, str]  # signal and label value

PROVIDERS: Final = tuple(provider.name for provider in catalog.PROVIDERS)
TEAMS: Final = tuple(team for team, _ in tenants.TEAMS)
BUSY: Final = tuple(endpoint.route for endpoint in catalog.ENDPOINTS)
SIGNALS_OF: Final = {
    # The signals that may name the cause; the value is the incident's place, or empty for all.
    "errors": ("endpoint-failures",),
    "slow": ("provider-latency", "provider-refusals", "provider-failures"),
    "provider-down": ("provider-failures", "provider-up"),
    "rate-limited": ("provider-refusals", "provider-failures"),
    "pool-exhausted": ("pool",),
    "no-cache": ("cache-misses",),
    "token-explosion": ("team-tokens",),
    "spike": ("connections",),
    "bad-deploy": ("instance-failures", "instance-latency"),
    "memory-leak": ("memory",),
    "disk-filling": ("disk",),
    "slow-network": ("provider-latency",),
    "retry-storm": ("calls-per-request",),
    "target-gone": ("target-down",),
    "provider-errors": ("provider-failures",),
    "slow-database": ("database-latency",),
    "slow-endpoint": ("endpoint-latency",),
    "traffic": ("traffic",),
}
SIZES: Final = {
    "errors": (0.05, 0.15, 0.3, 0.6),
    "slow": (2.0, 3.0, 6.0, 10.0),
    "provider-down": (1.0, 1.0, 1.0, 1.0),
    "rate-limited": (0.1, 0.25, 0.5, 0.9),
    "pool-exhausted": (0.8, 0.9, 1.0, 1.0),
    "no-cache": (0.5, 0.8, 1.0, 1.0),
    "token-explosion": (2.5, 4.0, 8.0, 20.0),
    "spike": (2.0, 4.0, 6.0, 0.1),
    "bad-deploy": (0.08, 0.2, 0.4, 0.8),
    "memory-leak": (1.5, 2.0, 4.0, 8.0),
    "disk-filling": (0.06, 0.1, 0.2, 0.3),
    "slow-network": (400.0, 800.0, 2_000.0, 5_000.0),
    "retry-storm": (1.8, 2.5, 4.0, 8.0),
    "target-gone": (1.0, 1.0, 1.0, 1.0),
    "provider-errors": (0.05, 0.1, 0.2, 0.4),
    "slow-database": (20.0, 50.0, 150.0, 400.0),
    "slow-endpoint": (300.0, 800.0, 1_500.0, 4_000.0),
    "traffic": (1.8, 2.5, 4.0, 0.3),
}
PLACES: Final = {
    "errors": BUSY,
    "slow-endpoint": BUSY,
    "slow": PROVIDERS,
    "provider-down": PROVIDERS,
    "rate-limited": PROVIDERS,
    "provider-errors": PROVIDERS,
    "token-explosion": TEAMS,
    "bad-deploy": ("gateway-1", "gateway-2", "gateway-3"),
    "target-gone": ("gateway-1", "gateway-2", "gateway-3"),
    "memory-leak": ("gateway", "dashboards", "redis"),
    "disk-filling": ("/", "/data"),
}
ANYWHERE: Final = ("no-cache", "spike", "pool-exhausted", "slow-network", "retry-storm", "slow-database", "traffic")
INNOCENT: Final = (
    None,
    Incident("traffic", 1.0, 60, size=1.3),
    Incident("token-explosion", 1.0, 60, "support", 1.4),
    Incident("spike", 1.0, 60, size=1.35),
)
WINDOW_HOURS: Final = 1.0


@dataclass(frozen=True)
class Scenario:
    """One case: what is wrong, an unrelated change (or None), the end of the window in epoch seconds, a seed."""

    fault: Incident
    innocent: Incident | None
    end: int
    seed: int

    @property
    def truth(self) -> frozenset[Place]:
        """Signals with label values that name the cause."""
        return frozenset((signal, self.fault.place) for signal in SIGNALS_OF.get(self.fault.kind, ()))

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents of the simulated hours."""
        return (self.fault,) if self.innocent is None else (self.fault, self.innocent)


def scenarios(seed: int, day_start: int = 1_767_225_600) -> Iterator[Scenario]:
    """Four variations of every fault: sizes from small to large, places, hours and innocent changes by chance."""
    rng = np.random.default_rng(seed)
    for kind, sizes in SIZES.items():
        innocents = rng.permutation(len(INNOCENT))
        for variation, size in enumerate(sizes):
            minutes = float(rng.uniform(12, 45))
            ago = float(rng.uniform(minutes, 50)) / 60
            place = str(rng.choice(PLACES[kind])) if kind in PLACES else ""
            innocent = INNOCENT[int(innocents[variation])]
            if innocent is not None and innocent.kind == kind:
                innocent = None
            elif innocent is not None:
                innocent = replace(innocent, hours_ago=float(rng.uniform(0.3, 1.0)))
            end = day_start + int(rng.integers(3, 24)) * 3_600
            yield Scenario(Incident(kind, ago, minutes, place, size), innocent, end, int(rng.integers(2**31)))


def seen_by(day: Day, instance: str) -> Day:
    """The day of one instance: bad deploys of others do not concern it."""
    own = [i for i in day.incidents if i.kind != "bad-deploy" or i.place == instance]
    mine = tuple(replace(i, place="") if i.kind == "bad-deploy" else i for i in own)
    return replace(day, incidents=mine)
