"""Every fault that can be switched on in the sample, and the switches: each ends by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Place = Literal["gateway", "providers", "load"]


@dataclass(frozen=True)
class Fault:
    """A switch: where it acts, its parameters with their defaults, what it does."""

    name: str
    place: Place
    parameters: Mapping[str, float | str]
    does: str


FAULTS: Final = (
    Fault("errors", "gateway", {"endpoint": "/v1/chat/completions", "share": 0.3},
          "One endpoint answers 500 to a share of its requests."),
    Fault("slow", "providers", {"provider": "anthropic", "factor": 6.0, "refused": 0.25},
          "One provider answers so many times slower, allows next to nothing and refuses a share with 429."),
    Fault("spike", "load", {"factor": 6.0}, "So many times the usual WebSocket connections."),
    Fault("provider-down", "providers", {"provider": "mistral"}, "One provider answers 503 to everything."),
    Fault("provider-errors", "providers", {"provider": "openai", "share": 0.2},
          "One provider answers a share of its calls with its own 5xx."),
    Fault("slow-database", "gateway", {"milliseconds": 400.0}, "Every database query takes so much longer."),
    Fault("no-cache", "gateway", {}, "The gateway behaves as if Redis were away."),
    Fault("slow-endpoint", "gateway", {"endpoint": "/v1/users/{user_id}", "milliseconds": 1500.0},
          "One endpoint takes so much longer."),
    Fault("traffic", "load", {"factor": 4.0}, "So many times the usual requests."),
    Fault("silence", "load", {}, "No requests at all."),
)  # fmt: skip
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
LONGEST: Final = 86_400.0


@dataclass(frozen=True)
class Active:
    """A fault that is on, until an epoch second, with its parameters."""

    name: str
    until: float
    parameters: Mapping[str, Any]


class Switches:
    """The faults that are on in one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._on: dict[str, Active] = {}

    def switch_on(self, name: str, seconds: float, chosen: Mapping[str, Any]) -> Active:
        """Switch a fault on, or lengthen it; ValueError for an unknown name, parameter or duration."""
        if name not in BY_NAME:
            raise ValueError(f"No fault is called {name!r}; there are {', '.join(BY_NAME)}.")
        defaults = BY_NAME[name].parameters
        if unknown := set(chosen) - set(defaults):
            raise ValueError(f"{name} has no parameter {', '.join(sorted(unknown))}.")
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"A fault lasts up to {LONGEST:.0f} seconds, not {seconds}.")
        typed = {key: type(default)(chosen.get(key, default)) for key, default in defaults.items()}
        self._on[name] = Active(name, self._clock() + seconds, typed)
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

    def all_active(self) -> list[Active]:
        """Every fault that is on."""
        return [self._on[name] for name in list(self._on) if self.active(name) is not None]


def seconds_of(text: str) -> float:
    """`90`, `90s`, `5m` or `1h` as seconds; ValueError when it is none of these."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:].lower())
    number = text[:-1] if unit else text
    try:
        seconds = float(number) * (unit or 1)
    except ValueError:
        raise ValueError(f"{text!r} is no duration; write for example 90s, 5m or 1h.") from None
    return seconds
