"""The profile of a backend, resolved once and again when its names change, without keeping anybody waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from queries.core.background_value import BackgroundValue
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.detection import UNRESOLVED, Deployment, Resolution, chosen, detect, spellings
from queries.metrics.profile import Part, Profile
from queries.metrics.profile_file import Definition
from queries.metrics.source import MetadataSource

LIFE_SECONDS: Final = 60.0  # new names show within a minute
RETRY_SECONDS: Final = 5.0  # while the backend is away
FIRST_SECONDS: Final = 2.0  # viewers wait at most until so long after the first one; nobody waits later
_READ_SECONDS: Final = 10.0
_RECENT: Final = 900  # seconds
_LOOK_BACK: Final = 86_400  # seconds: a gateway that has been down for some hours still has its boards


class Profiles(Protocol):
    """Says how the metrics of a backend are named now."""

    def current(self) -> Resolution:
        """The newest resolution. Does not raise."""
        ...


@dataclass(frozen=True)
class FixedProfile:
    """A profile that needs no backend, such as the contract itself."""

    profile: Profile

    def current(self) -> Resolution:
        """Always the same."""
        return Resolution(self.profile)


@dataclass(frozen=True)
class _Read:
    resolution: Resolution
    failed: bool = False


class ProfileResolver:
    """Resolves profiles by the names that a backend has. Safe for threads.

    With `is_automatic` the definitions that fit are used; otherwise the only one is, whatever the backend has.
    """

    def __init__(
        self,
        source: MetadataSource,
        definitions: Sequence[Definition],
        is_automatic: bool,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._definitions, self._is_automatic, self._now = source, definitions, is_automatic, now
        self._clock = clock
        self._until: float | None = None
        self._value: BackgroundValue[_Read] = BackgroundValue("profiles", self._read, _life, clock)

    def current(self) -> Resolution:
        """The newest resolution: the last one while the backend is away, the contract before it has answered once."""
        known = self._value.get(self._patience())
        return known.resolution if known else UNRESOLVED

    def _patience(self) -> float:
        """Seconds to wait for the first answer: what is left of the time that begins with the first viewer."""
        if self._until is None:
            self._until = self._clock() + FIRST_SECONDS
        return max(0.0, self._until - self._clock())

    def _read(self, known: _Read | None) -> _Read:
        try:
            resolution = self._resolved(Deadline.after(_READ_SECONDS))
        except QueryError:
            return _Read(known.resolution if known else self._unknown(), failed=True)
        # The same object as long as nothing has changed.
        return known if known and not known.failed and known.resolution == resolution else _Read(resolution)

    def _unknown(self) -> Resolution:
        return UNRESOLVED if self._is_automatic else Resolution(self._definitions[0].profile, is_known=False)

    def _resolved(self, deadline: Deadline) -> Resolution:
        now = int(self._now())
        window = Window(now - _LOOK_BACK, now, 60)
        names = frozenset(self._source.label_values("__name__", "", window, deadline))
        if self._is_automatic:
            return detect(
                self._definitions, names, lambda definition: self._deployment(definition, names, window, deadline)
            )
        only = self._definitions[0]
        return chosen(only, names, self._deployment(only, names, window, deadline))

    def _deployment(
        self, definition: Definition, names: frozenset[str], window: Window, deadline: Deadline
    ) -> Deployment:
        """Labels and jobs of a definition's series, without buckets: those are many and have the same labels."""
        series = sorted(names & _series(definition))
        if not series:
            return Deployment()
        identity = [name for name in series if name in definition.detect] or series
        recent = replace(window, start=window.end - _RECENT)  # a job that was renamed is not a second deployment
        jobs = self._source.label_values("job", _any(identity), recent, deadline)
        jobs = jobs or self._source.label_values("job", _any(identity), window, deadline)
        joining = sorted(names & _series(definition, joining=True))
        return Deployment(
            self._label_names(series, window, deadline), self._label_names(joining, window, deadline), jobs
        )

    def _label_names(self, names: Sequence[str], window: Window, deadline: Deadline) -> frozenset[str] | None:
        """Names of the labels of series; None where they cannot be had."""
        try:
            return frozenset(self._source.label_names(_any(names), window, deadline)) if names else None
        except QueryError:
            return None


def _life(read: _Read) -> float:
    return RETRY_SECONDS if read.failed else LIFE_SECONDS


def _any(names: Sequence[str]) -> str:
    return f'{{__name__=~"{"|".join(names)}"}}'


def _series(definition: Definition, *, joining: bool = False) -> frozenset[str]:
    """Series names of a definition, or only those of the parts that may need a join."""
    parts = [part for rules in definition.metrics.values() for rule in rules for part in rule.parts]
    chosen = [part for part in parts if part.joins or not joining]
    return frozenset(name for part in chosen for name in _names(part)) | frozenset(() if joining else definition.detect)


def _names(part: Part) -> list[str]:
    """Series names of a part that hold one sample a label set."""
    plain = [*part.names, *(name for subtrahend in part.minus for name in subtrahend.names)]
    counts = [f"{name}_count" for name in part.names]
    return [spelling for name in plain for spelling in spellings(name)] + [
        name for count in counts for name in dict.fromkeys((count, count.replace(":", "_")))
    ]
