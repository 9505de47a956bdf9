"""Hypotheses: facts about one place belong together, and a place whose changes another explains is its consequence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from queries.causes.facts import Fact
from queries.causes.signals import Form

MOST: Final = 5
FURTHER_FACTS: Final = 0.25  # weight of a place's facts beside its strongest
CONSEQUENCES: Final = 0.3  # weight of what a place explains
LEAST_EXPLAINED: Final = 0.25  # of the affected events, which the cause must account for
LEAST_RATIO: Final = 0.5  # of a level's logarithm, likewise
COUNTED: Final = frozenset({Form.SHARE, Form.LATENCY})


@dataclass(frozen=True)
class Hypothesis:
    """A place (`label` and `value`; an empty value means all) where the cause may lie. `onset` is in epoch seconds.

    `facts` are its own changes, strongest first; `consequences` those of other places that it explains.
    `is_consequence`: another hypothesis explains it.
    """

    label: str
    value: str
    score: float
    onset: int
    facts: tuple[Fact, ...]
    consequences: tuple[Fact, ...] = ()
    is_consequence: bool = False


def hypotheses(facts: Sequence[Fact], tolerance: float) -> tuple[Hypothesis, ...]:
    """At most MOST hypotheses, likeliest first; a cause may begin `tolerance` seconds after its effect was noticed."""
    places = _by_place(facts)
    ancestors = _ancestors(facts)
    causes: dict[tuple[str, str], tuple[str, str]] = {}
    for place, own in places.items():
        cause = _cause_of(place, own, places, ancestors, tolerance)
        if cause is not None:
            causes[place] = cause
    ranked = [_hypothesis(place, places, causes) for place in places]
    ranked.sort(key=lambda hypothesis: (hypothesis.is_consequence, -hypothesis.score))
    return tuple(ranked[:MOST])


def _by_place(facts: Sequence[Fact]) -> dict[tuple[str, str], list[Fact]]:
    """Facts by label and value, strongest first; those of a part (a model) belong to what contains it."""
    places: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    everywhere = {fact.signal.label for fact in facts if not fact.value and fact.signal.label}
    for fact in sorted(facts, key=lambda fact: -fact.effect):
        container = fact.signal.container
        if container:
            places[container, "" if container in everywhere else fact.parent].append(fact)
        else:
            places[_place(fact)].append(fact)
    return dict(places)


def _place(fact: Fact) -> tuple[str, str]:
    """Label and value; totals of different signals are different places."""
    return (fact.signal.label or fact.signal.id, fact.value)


def _ancestors(facts: Sequence[Fact]) -> Mapping[str, frozenset[str]]:
    """By signal id: the ids of all signals that can cause it, over any number of steps."""
    direct = {fact.signal.id: fact.signal.effects_of for fact in facts}

    def above(signal: str, known: frozenset[str]) -> frozenset[str]:
        for cause in direct.get(signal, ()):
            if cause not in known:
                known = above(cause, known | {cause})
        return known

    return {signal: above(signal, frozenset()) - {signal} for signal in direct}


def _cause_of(
    place: tuple[str, str],
    own: Sequence[Fact],
    places: Mapping[tuple[str, str], Sequence[Fact]],
    ancestors: Mapping[str, frozenset[str]],
    tolerance: float,
) -> tuple[str, str] | None:
    """The place that explains the strongest fact of this one; of several the one that changed most."""
    candidates = [
        (cause.effect, other)
        for other, others in places.items()
        if other != place
        for cause in others
        if _explains(cause, own[0], ancestors, tolerance)
    ]
    return max(candidates)[1] if candidates else None


def _explains(cause: Fact, effect: Fact, ancestors: Mapping[str, frozenset[str]], tolerance: float) -> bool:
    if cause.signal.id not in ancestors[effect.signal.id] or cause.onset > effect.onset + tolerance:
        return False
    if cause.signal.form is Form.LEVEL and abs(cause.log2_ratio) < cause.signal.least_cause:
        return False
    mutual = effect.signal.id in ancestors[cause.signal.id]
    if mutual and not _precedes(cause, effect):
        return False
    if {cause.signal.form, effect.signal.form} <= COUNTED and cause.signal.form is effect.signal.form:
        return cause.excess >= LEAST_EXPLAINED * effect.excess
    if cause.signal.form is effect.signal.form is Form.LEVEL:
        return abs(cause.log2_ratio) >= LEAST_RATIO * abs(effect.log2_ratio)
    return True


def _precedes(cause: Fact, effect: Fact) -> bool:
    """Which of two facts that can cause each other did: the saturated one, else the stronger."""
    if (cause.now >= cause.signal.saturated) != (effect.now >= effect.signal.saturated):
        return cause.now >= cause.signal.saturated
    return cause.effect >= effect.effect


def _hypothesis(
    place: tuple[str, str],
    places: Mapping[tuple[str, str], Sequence[Fact]],
    causes: Mapping[tuple[str, str], tuple[str, str]],
) -> Hypothesis:
    own = places[place]
    explained = [fact for other in places if causes.get(other) == place for fact in places[other]]
    explained.sort(key=lambda fact: -fact.effect)
    score = own[0].effect + FURTHER_FACTS * sum(fact.effect for fact in own[1:])
    score += CONSEQUENCES * sum(fact.effect for fact in explained[:MOST])
    onset = min(fact.onset for fact in own if fact.effect >= own[0].effect / 2)
    return Hypothesis(place[0], place[1], score, onset, tuple(own), tuple(explained), place in causes)
