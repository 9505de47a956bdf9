"""Which deployment a call goes to after failures: cooldowns, and fallbacks to another provider's model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

Deployment = tuple[str, str]  # provider and model

FALLBACKS: Final[Mapping[str, Deployment]] = {
    "gpt-4o": ("anthropic", "claude-3-5-sonnet"),
    "gpt-4o-mini": ("anthropic", "claude-3-5-haiku"),
    "claude-3-5-sonnet": ("openai", "gpt-4o"),
    "claude-3-5-haiku": ("openai", "gpt-4o-mini"),
    "mistral-large": ("openai", "gpt-4o-mini"),
    "ministral-preview": ("openai", "gpt-4o-mini"),
}
FAILURES: Final = 3  # in a row, after which a deployment has a rest
COOLDOWN_SECONDS: Final = 30.0


class Rotation:
    """Deployments that failed several times in a row are out of rotation for a while.

    `cooled_down(provider, model)` is called at each cooldown. Keys without fallbacks are served all the same.
    """

    def __init__(self, cooled_down: Callable[[str, str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._cooled_down, self._clock = cooled_down, clock
        self._failures: dict[Deployment, int] = {}
        self._until: dict[Deployment, float] = {}

    def is_out(self, provider: str, model: str) -> bool:
        """Whether a deployment is out of rotation."""
        return self._clock() < self._until.get((provider, model), 0.0)

    def answered(self, provider: str, model: str) -> None:
        """A call succeeded."""
        self._failures.pop((provider, model), None)

    def failed(self, provider: str, model: str) -> None:
        """A call failed."""
        deployment = provider, model
        self._failures[deployment] = self._failures.get(deployment, 0) + 1
        if self._failures[deployment] >= FAILURES and not self.is_out(provider, model):
            self._failures.pop(deployment)
            self._until[deployment] = self._clock() + COOLDOWN_SECONDS
            self._cooled_down(provider, model)
