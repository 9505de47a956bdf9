"""Who pays for the sample gateway's calls: API keys with their team and owner, and budgets with their resets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400
_WEEK: Final = 7 * _DAY
_MONDAY: Final = 4 * _DAY  # the first one in epoch seconds
_KEY_NUMBERS: Final = 20  # users' numbers repeat the keys in this cycle


@dataclass(frozen=True)
class Key:
    """An API key by its alias: its team, the user who owns it, its share of the calls.

    With `falls_back`, a call that fails at a provider is sent to another one.
    """

    alias: str
    team: str
    user: str
    share: float
    falls_back: bool = False

    @property
    def labels(self) -> Mapping[str, str]:
        """The contract's labels of a tenant."""
        return {"team": self.team, "key": self.alias, "user": self.user}


KEYS: Final = (
    Key("platform-ide", "platform", "ana", 0.25, falls_back=True),
    Key("platform-ci", "platform", "ben", 0.20),
    Key("research-agents", "research", "carla", 0.20, falls_back=True),
    Key("research-notebooks", "research", "dmitri", 0.15),
    Key("support-desk", "support", "elif", 0.15),
    Key("support-bot", "support", "ana", 0.05),
)
TEAMS: Final = (("platform", 0.45), ("research", 0.35), ("support", 0.20))  # and their shares of the calls


@dataclass(frozen=True)
class Budget:
    """US dollars that a team, a key or a user may spend in each period; `scope` is the label that names the owner.

    Periods are in seconds from a Monday on, in UTC. The sample counts against its budgets and refuses nothing.
    """

    scope: str
    owner: str
    limit: float
    period: int

    @property
    def name(self) -> str:
        """Names it among all budgets."""
        return f"{self.scope}:{self.owner}"

    @property
    def labels(self) -> Mapping[str, str]:
        """The contract's labels of a budget."""
        return {"scope": self.scope, self.scope: self.owner}

    def covers(self, key: Key) -> bool:
        """Whether the calls of a key count against it."""
        return key.labels[self.scope] == self.owner

    def number(self, now: float) -> int:
        """The number of the period at an instant (epoch seconds)."""
        return int((now - _MONDAY) // self.period)

    def reset(self, now: float) -> float:
        """The end of the period at an instant, in epoch seconds."""
        return _MONDAY + (self.number(now) + 1) * self.period

    @property
    def share(self) -> float:
        """The share of the calls that usually count against it."""
        return sum(key.share for key in KEYS if self.covers(key))


BUDGETS: Final = (
    Budget("team", "platform", 7_200.0, _WEEK),
    Budget("team", "research", 5_600.0, _WEEK),
    Budget("team", "support", 3_200.0, _WEEK),
    Budget("key", "research-agents", 460.0, _DAY),
    Budget("user", "ana", 4_800.0, _WEEK),
)


def key_of(user_id: str) -> Key:
    """The API key of a made-up user, by the number in the id: keys have their shares of the users."""
    number = int("".join(filter(str.isdecimal, user_id)) or 0) % _KEY_NUMBERS / _KEY_NUMBERS
    for key in KEYS:
        number -= key.share
        if number < -1e-9:
            return key
    return KEYS[-1]
