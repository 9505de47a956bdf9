"""Facts: label values whose numbers changed beyond their noise, by how much, since when, and their share of it all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from queries.causes.buckets import quantile, slow_bound
from queries.causes.segment import (
    Segment,
    count_deviations,
    dispersion,
    level_deviations,
    segments,
    usual_counts,
)
from queries.causes.signals import Form, Group, Observation, Signal

Floats = npt.NDArray[np.float64]

LEAST_SCORE: Final = 6.0  # standard errors
LEAST_SHARE: Final = 0.01  # an excess of one percent doubles the effect of none
LEAST_FILL: Final = 0.02
SMALL_LEVEL: Final = 1e-9
SLOW_QUANTILE: Final = 0.95
MOST_LOG2: Final = 10.0
WEAK: Final = 1 / 3  # of the least change: enough to say that a value changed as well
WEAK_SCORE: Final = 4.0  # standard errors, likewise; the strongest run of mere noise stays below it
ALIKE: Final = 2.5  # effects of values that changed alike differ by no more than this factor


@dataclass(frozen=True)
class Fact:
    """A change of one signal at one label value. `value` is empty where all values changed alike.

    `before` and `now` are in the signal's unit (shares 0 to 1, a latency's p95); `excess` is in events beyond what the
    baseline predicts; `part` is this value's share of all of them, 0 to 1. `onset` is in epoch seconds;
    `steps` are how many steps it lasted.
    """

    signal: Signal
    value: str
    before: float
    now: float
    score: float
    effect: float
    onset: int
    excess: float = 0.0
    part: float = 1.0
    parent: str = ""
    unchanged: tuple[str, ...] = ()
    steps: int = 1

    @property
    def is_bad(self) -> bool:
        """Whether the change is to the worse."""
        return self.signal.both or (self.now < self.before) == self.signal.bad_falling

    @property
    def log2_ratio(self) -> float:
        """Logarithm to base 2 of now / before, bounded; 0 when both are zero."""
        return _log2_ratio(self.before, self.now)


def facts_of(observation: Observation) -> tuple[Fact, ...]:
    """Changes of a signal, strongest first; values that changed alike become one fact about all of them."""
    changes = _changes(observation, LEAST_SCORE)
    with_data = [group.value for group in observation.groups if _has_data(group)]
    if not changes or len(with_data) < observation.signal.least_groups:
        return ()
    signal = replace(observation.signal, least=observation.signal.least * WEAK)
    weak = _changes(replace(observation, signal=signal), WEAK_SCORE)
    if len(with_data) > 1 and len(weak) == len(with_data) and _are_alike(weak):
        return () if observation.signal.least_groups > 1 else (_about_all(changes),)
    total = sum(max(0.0, change.excess) for change in changes)
    changed = {change.value for change in weak}
    unchanged = tuple(value for value in with_data if value not in changed)
    shares = (max(0.0, change.excess) / total if total > 0 else 1.0 for change in changes)
    facts = [replace(change, part=part, unchanged=unchanged) for change, part in zip(changes, shares, strict=True)]
    return tuple(sorted(facts, key=lambda fact: -fact.effect))


def _changes(observation: Observation, least_score: float) -> list[Fact]:
    """Changes to the worse of all values."""
    change = {Form.SHARE: _share_change, Form.LATENCY: _latency_change}.get(observation.signal.form, _level_change)
    facts = [fact for group in observation.groups if (fact := change(observation, group, least_score)) is not None]
    return [fact for fact in facts if fact.is_bad]


def _are_alike(changes: Sequence[Fact]) -> bool:
    """Whether all of them rose, or fell, by about as much and for about as long."""
    effects, steps = [change.effect for change in changes], [change.steps for change in changes]
    same_direction = len({change.now > change.before for change in changes}) == 1
    return same_direction and max(effects) <= ALIKE * min(effects) and max(steps) <= ALIKE * min(steps)


def _about_all(changes: Sequence[Fact]) -> Fact:
    """One fact in place of several: the numbers of the largest."""
    strongest = max(changes, key=lambda change: change.excess)
    onset = int(np.median([change.onset for change in changes]))
    return replace(strongest, value="", onset=onset, excess=sum(c.excess for c in changes), part=1.0, parent="")


def _share_change(observation: Observation, group: Group, least_score: float) -> Fact | None:
    whole_before, whole_now = _counts(group.whole_before), _counts(group.whole_now)
    part_before, part_now = _counts(group.part_before), _counts(group.part_now)
    if not whole_before.sum() or not whole_now.sum():
        return None
    part_before, whole_before = usual_counts(part_before, whole_before)
    before = float(part_before.sum() / whole_before.sum())
    segment = _segment_of_counts(
        (part_before, part_now), (whole_before, whole_now), before, observation.signal, least_score
    )
    if segment is None:
        return None
    total = float(whole_now[segment.steps].sum())
    now = float(part_now[segment.steps].sum()) / total if total else before
    if abs(now - before) < observation.signal.least:
        return None
    effect = observation.signal.badness * math.log2(1 + abs(now - before) / LEAST_SHARE)
    return _fact(observation, group, segment, (before, now, effect), abs(now - before) * total)


def _latency_change(observation: Observation, group: Group, least_score: float) -> Fact | None:
    bounds, before, now = observation.bounds, _counts(group.part_before), _counts(group.part_now)
    if bounds is None or not before.size or not now.size:
        return None
    usual = before.sum(axis=1)
    if usual[-1] <= 0:
        return None
    limit = slow_bound(usual)
    slow_before, slow_now = before[-1] - before[limit], now[-1] - now[limit]
    share = float(slow_before.sum() / usual[-1])
    segment = _segment_of_counts((slow_before, slow_now), (before[-1], now[-1]), share, observation.signal, least_score)
    if segment is None:
        return None
    earlier = quantile(SLOW_QUANTILE, bounds, usual)
    later = quantile(SLOW_QUANTILE, bounds, now[:, segment.steps].sum(axis=1))
    ratio = _log2_ratio(earlier, later)
    if abs(ratio) < observation.signal.least:
        return None
    excess = float(slow_now[segment.steps].sum() - share * now[-1][segment.steps].sum())
    return _fact(observation, group, segment, (earlier, later, observation.signal.badness * abs(ratio)), abs(excess))


def _level_change(observation: Observation, group: Group, least_score: float) -> Fact | None:
    """The larger of the changes up and down: a slow rise of the day must not hide a drop."""
    signal, before, now = observation.signal, group.part_before, group.part_now
    least_noise = signal.least / 4 if signal.form is Form.FILL else 0.0
    deviations = level_deviations(before, now, least_noise)
    earlier, facts = _median(before), []
    for segment in _worse(segments(deviations), signal, least_score):
        later = (
            _fill(now[segment.steps], segment.score > 0) if signal.form is Form.FILL else _median(now[segment.steps])
        )
        change = abs(later - earlier) if signal.form is Form.FILL else abs(_log2_ratio(earlier, later))
        effect = math.log2(1 + change / LEAST_FILL) if signal.form is Form.FILL else change
        if change >= signal.least:
            excess = abs(later - earlier) * (segment.end - segment.start)
            facts.append(_fact(observation, group, segment, (earlier, later, signal.badness * effect), excess))
    return max(facts, key=lambda fact: fact.effect, default=None)


def _segment_of_counts(
    parts: tuple[Floats, Floats], wholes: tuple[Floats, Floats], share: float, signal: Signal, least_score: float
) -> Segment | None:
    """The strongest run of counts that got worse; the pairs are before and now."""
    usual = dispersion(count_deviations(parts[0], wholes[0], share))
    candidates = _worse(segments(count_deviations(parts[1], wholes[1], share) / usual), signal, least_score)
    return max(candidates, key=lambda segment: abs(segment.score), default=None)


def _worse(candidates: Sequence[Segment], signal: Signal, least_score: float) -> list[Segment]:
    """Segments in the direction that is bad for a signal, and beyond the noise."""
    return [
        segment
        for segment in candidates
        if abs(segment.score) >= least_score and (signal.both or (segment.score < 0) == signal.bad_falling)
    ]


def _fact(
    observation: Observation, group: Group, segment: Segment, change: tuple[float, float, float], excess: float
) -> Fact:
    before, now, effect = change
    return Fact(
        observation.signal,
        group.value,
        before,
        now,
        segment.score,
        effect,
        int(observation.times[segment.start]),
        excess,
        parent=group.parent,
        steps=segment.end - segment.start,
    )


def _has_data(group: Group) -> bool:
    now, before = (
        (group.part_now, group.part_before)
        if group.whole_now is None or group.whole_before is None
        else (group.whole_now, group.whole_before)
    )
    return bool(np.isfinite(now).any() and np.isfinite(before).any())


def _counts(values: Floats | None) -> Floats:
    return np.empty(0) if values is None else np.maximum(np.nan_to_num(values), 0.0)


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0


def _fill(values: Floats, rising: bool) -> float:
    """The level that a fill reaches in a quarter of the steps: it grows while it is looked at."""
    known = values[np.isfinite(values)]
    return float(np.percentile(known, 75 if rising else 25)) if known.size else 0.0


def _log2_ratio(before: float, now: float) -> float:
    low, high = abs(before) + SMALL_LEVEL, abs(now) + SMALL_LEVEL
    return float(np.clip(math.log2(high / low), -MOST_LOG2, MOST_LOG2))
