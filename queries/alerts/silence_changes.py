"""Changes of silences: created, extended, shortened, ended, as they follow from what Alertmanager lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from queries.alerts.types import Matcher, Silence

SAME_SECONDS: Final = 1.0  # ends that differ by less are the same


class ChangeKind(StrEnum):
    """What can happen to a silence."""

    CREATED = "silenced"
    EXTENDED = "silence extended"
    SHORTENED = "silence shortened"
    ENDED = "silence ended"


@dataclass(frozen=True)
class SilenceChange:
    """A change of a silence at `instant`, after which it lasts until `ends_at`, both in epoch seconds.

    `actor` is empty where nobody knows who did it, as for a silence that has reached its end.
    """

    silence: str
    kind: ChangeKind
    instant: float
    ends_at: float
    actor: str
    comment: str
    matchers: tuple[Matcher, ...]

    @property
    def id(self) -> str:
        """The same for the same change, whoever reports it."""
        moves_end = self.kind in (ChangeKind.EXTENDED, ChangeKind.SHORTENED)
        return f"{self.silence}|{self.kind.value}" + (f"|{self.ends_at:.0f}" if moves_end else "")

    def concerns(self, label_sets: Sequence[Mapping[str, str]]) -> bool:
        """Whether the silence matches one of the sets of labels."""
        return any(all(matcher.matches(labels) for matcher in self.matchers) for labels in label_sets)


def changes_of(silence: Silence, known: Sequence[SilenceChange], now: float) -> tuple[SilenceChange, ...]:
    """What has happened to a silence, as it is listed at `now` (epoch seconds), beside the changes that are known."""
    changes = []
    if not any(change.kind is ChangeKind.CREATED for change in known):
        changes.append(_change(silence, ChangeKind.CREATED, silence.starts_at, silence.author))
    end = max(known, key=lambda change: change.instant).ends_at if known else silence.ends_at
    if silence.state == "expired":
        if not any(change.kind is ChangeKind.ENDED for change in known):
            changes.append(_change(silence, ChangeKind.ENDED, min(silence.ends_at, now)))
    elif abs(silence.ends_at - end) > SAME_SECONDS:
        kind = ChangeKind.EXTENDED if silence.ends_at > end else ChangeKind.SHORTENED
        changes.append(_change(silence, kind, now))
    return tuple(changes)


def _change(silence: Silence, kind: ChangeKind, instant: float, actor: str = "") -> SilenceChange:
    return SilenceChange(silence.id, kind, instant, silence.ends_at, actor, silence.comment, silence.matchers)
