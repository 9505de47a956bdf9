"""Steps of many alerts as few messages: one for each policy, group of labels, level and channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.alerting.escalation import Policy, Stage, Step, next_steps
from app.alerting.model import AlertEvent, AlertHistory, EventKind

_GroupKey = tuple[str, tuple[tuple[str, str], ...]]
_MessageKey = tuple[_GroupKey, str, int, str, bool]


@dataclass(frozen=True)
class Part:
    """An alert of a message, and the step that is due for it."""

    entry: AlertHistory
    step: Step


@dataclass(frozen=True)
class Notification:
    """One message for one channel about the alerts of a group. `labels` are those that its alerts have in common."""

    policy: str
    stage: Stage
    level: int
    channel: str
    labels: Mapping[str, str]
    parts: tuple[Part, ...]

    @property
    def group(self) -> str:
        """The same for all messages about a group, to this channel or another."""
        return "/".join((self.policy, *(f"{name}={value}" for name, value in self.labels.items())))

    def intents(self, now: float, actor: str) -> list[AlertEvent]:
        """The events before it is sent at `now` (epoch seconds) by `actor`."""
        return [self._event(part, EventKind.INTENDED, now, actor, "") for part in self.parts]

    def outcomes(self, now: float, actor: str, error: str) -> list[AlertEvent]:
        """The events afterwards: failed if there is an error."""
        kind = EventKind.FAILED if error else EventKind.SENT
        return [self._event(part, kind, now, actor, error) for part in self.parts]

    @staticmethod
    def _event(part: Part, kind: EventKind, now: float, actor: str, detail: str) -> AlertEvent:
        return AlertEvent(part.entry.alert.id, kind, now, actor, detail, part.step.key, part.step.attempt)


def notifications(entries: Sequence[AlertHistory], policies: Sequence[Policy], now: float) -> tuple[Notification, ...]:
    """The messages that are due at `now` (epoch seconds). The first policy that applies decides about an alert."""
    messages: dict[_MessageKey, list[Part]] = {}
    governed = [(entry, policy) for entry in entries if (policy := _policy(entry, policies)) is not None]
    busy = _busy(governed, now)
    for entry, policy in governed:
        for step in next_steps(entry.alert, policy, entry.events, now):
            group = _group(entry, policy, step.stage)
            if step.attempt > 1 or (group, step.stage, step.level, step.channel) not in busy:
                key = (group, step.stage.value, step.level, step.channel, step.may_repeat)
                messages.setdefault(key, []).append(Part(entry, step))
    return tuple(
        Notification(name, Stage(stage), level, channel, dict(labels), tuple(parts))
        for ((name, labels), stage, level, channel, _), parts in messages.items()
    )


def _policy(entry: AlertHistory, policies: Sequence[Policy]) -> Policy | None:
    return next((policy for policy in policies if policy.applies(entry.alert)), None)


def _group(entry: AlertHistory, policy: Policy, stage: Stage) -> _GroupKey:
    names = () if stage is Stage.DIGEST else policy.group_by
    return policy.name, tuple((name, entry.alert.labels[name]) for name in names if entry.alert.labels.get(name))


def _busy(governed: Sequence[tuple[AlertHistory, Policy]], now: float) -> set[tuple[_GroupKey, Stage, int, str]]:
    """What waits: a group's next message on a level until some minutes after the last one, and the notice that it has
    ended while an alert of it fires.
    """
    return {waiting for entry, policy in governed for waiting in _waiting(entry, policy, now)}


def _waiting(entry: AlertHistory, policy: Policy, now: float) -> Iterator[tuple[_GroupKey, Stage, int, str]]:
    group = _group(entry, policy, Stage.LEVEL)
    for event in entry.events:
        if event.kind is not EventKind.INTENDED:
            continue
        _, stage, level, channel = event.key.split("/", 3)
        if stage != Stage.LEVEL:
            continue
        if event.time + policy.group_seconds > now:
            yield group, Stage.LEVEL, int(level), channel
        if entry.alert.is_firing:
            yield group, Stage.RESOLVED, 0, channel
