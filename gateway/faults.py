"""Every fault that can be switched on in the sample, and the switches: each ends by itself."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from gateway.catalog import ENDPOINTS, PROVIDERS
from gateway.tenants import TEAMS

Process = Literal["gateway", "providers", "load"]

_PROVIDERS: Final = tuple(provider.name for provider in PROVIDERS)
_ROUTES: Final = tuple(endpoint.route for endpoint in ENDPOINTS)
_TEAMS: Final = tuple(team for team, _ in TEAMS)
_SHARES: Final = frozenset({"share", "refused"})


@dataclass(frozen=True)
class Fault:
    """A switch: the process in which it acts, its parameters with their defaults, its effect.

    The first text parameter is the fault's place, the first number its size. `places` are the valid places; empty
    means any text. An empty `instance` means the instance that was added last.
    """

    name: str
    process: Process
    parameters: Mapping[str, float | str]
    effect: str
    places: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The parameter that says where the fault acts; empty when it acts everywhere."""
        return next((key for key, default in self.parameters.items() if isinstance(default, str)), "")

    @property
    def size(self) -> str:
        """The parameter that says how strong the fault is; empty when it has no size."""
        return next((key for key, default in self.parameters.items() if not isinstance(default, str)), "")


def _at_endpoint(name: str, endpoint: str, size: Mapping[str, float], effect: str) -> Fault:
    return Fault(name, "gateway", {"endpoint": endpoint, **size}, effect, _ROUTES)


def _at_provider(name: str, provider: str, size: Mapping[str, float], effect: str) -> Fault:
    return Fault(name, "providers", {"provider": provider, **size}, effect, _PROVIDERS)


FAULTS: Final = (
    _at_endpoint("errors", _ROUTES[0], {"share": 0.3}, "An endpoint answers a share of its requests with 500."),
    _at_endpoint("slow-endpoint", _ROUTES[-1], {"milliseconds": 1500.0}, "An endpoint takes longer."),
    _at_provider(
        "slow",
        "anthropic",
        {"factor": 6.0, "refused": 0.25},
        "A provider takes a multiple of its time and refuses a share of the calls with 429.",
    ),
    _at_provider("provider-down", "mistral", {}, "A provider answers everything with 503."),
    _at_provider("provider-errors", "openai", {"share": 0.2}, "A provider answers a share of its calls with 5xx."),
    _at_provider("rate-limited", "openai", {"share": 0.5}, "A provider refuses a share of its calls with 429."),
    Fault("pool-exhausted", "gateway", {"share": 1.0}, "A share of the database pool is not returned."),
    Fault("slow-database", "gateway", {"milliseconds": 400.0}, "Every database query takes longer."),
    Fault("no-cache", "gateway", {}, "The gateway works as if Redis were down."),
    Fault(
        "token-explosion",
        "gateway",
        {"team": "support", "factor": 8.0},
        "A team's calls use a multiple of the usual tokens.",
        _TEAMS,
    ),
    Fault("spike", "load", {"factor": 6.0}, "A multiple of the usual WebSocket connections; below 1 they drop."),
    Fault("traffic", "load", {"factor": 4.0}, "A multiple of the usual requests; below 1 there are fewer."),
    Fault("silence", "load", {}, "No requests at all."),
    Fault(
        "bad-deploy",
        "gateway",
        {"instance": "", "share": 0.4},
        "An instance runs a version that is slow and fails a share of its requests; both deployments are marked.",
    ),
    Fault("memory-leak", "gateway", {"factor": 3.0}, "The memory of the gateway grows to a multiple until the end."),
    Fault("disk-filling", "gateway", {"share": 0.08}, "A share of the disk below the data folder fills until the end."),
    Fault("slow-network", "gateway", {"milliseconds": 1500.0}, "Every provider call waits for the network first."),
    Fault("retry-storm", "gateway", {"factor": 4.0}, "Every provider call is repeated, although it was answered."),
    Fault("target-gone", "gateway", {"instance": ""}, "The metrics of an instance cannot be scraped."),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
LONGEST: Final = 86_400.0


@dataclass(frozen=True)
class Active:
    """A fault that is on from one epoch second until another, with its parameters."""

    name: str
    since: float
    until: float
    parameters: Mapping[str, Any]


class Switches:
    """The faults that are on in one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._on: dict[str, Active] = {}

    def switch_on(self, name: str, seconds: float, chosen: Mapping[str, Any]) -> Active:
        """Switch a fault on, or lengthen it. ValueError for an unknown name, place, parameter or duration."""
        if name not in BY_NAME:
            raise ValueError(f"{name!r} is not a valid fault; valid are {', '.join(BY_NAME)}.")
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"A fault lasts up to {LONGEST:.0f} seconds, not {seconds}.")
        now = self._clock()
        self._on[name] = Active(name, now, now + seconds, checked(BY_NAME[name], chosen))
        return self._on[name]

    def switch_off(self, name: str) -> None:
        """Switch a fault off; nothing happens when it is not on."""
        self._on.pop(name, None)

    def active(self, name: str) -> Mapping[str, Any] | None:
        """The parameters of a fault that is on; None when it is off or its time is up."""
        fault = self._on.get(name)
        if fault is None:
            return None
        if fault.until <= self._clock():
            self.switch_off(name)
            return None
        return fault.parameters

    def progress(self, name: str) -> float:
        """How much of its time a fault has been on, from 0 to 1; 0 when it is off."""
        if self.active(name) is None:
            return 0.0
        fault = self._on[name]
        return min(1.0, (self._clock() - fault.since) / (fault.until - fault.since))

    def all_active(self) -> list[Active]:
        """Every fault that is on."""
        return [self._on[name] for name in list(self._on) if self.active(name) is not None]


def checked(fault: Fault, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a fault with their types. ValueError for one that it does not have, or that is not valid."""
    if unknown := set(chosen) - set(fault.parameters):
        valid = f"valid are {', '.join(fault.parameters)}" if fault.parameters else "it has none"
        raise ValueError(f"{', '.join(sorted(unknown))} is not a valid parameter of {fault.name}; {valid}.")
    typed = {key: type(default)(chosen.get(key, default)) for key, default in fault.parameters.items()}
    for key, value in typed.items():
        if isinstance(value, float):
            _check_number(fault, key, value)
    if fault.places and typed[fault.place] not in fault.places:
        raise ValueError(
            f"{typed[fault.place]!r} is not a valid {fault.place} of {fault.name}; valid are {', '.join(fault.places)}."
        )
    return typed


def _check_number(fault: Fault, key: str, value: float) -> None:
    highest = 1.0 if key in _SHARES else math.inf
    if not (math.isfinite(value) and 0 <= value <= highest):
        limits = "0 to 1" if key in _SHARES else "0 or more"
        raise ValueError(f"{value:g} is not a valid {key} of {fault.name}; it is {limits}.")


def seconds_of(text: str) -> float:
    """`90`, `90s`, `5m` or `1h` as seconds; ValueError when it is none of these."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:].lower())
    number = text[:-1] if unit else text
    try:
        seconds = float(number) * (unit or 1)
    except ValueError:
        raise ValueError(f"{text!r} is not a valid duration; write for example 90s, 5m or 1h.") from None
    return seconds
