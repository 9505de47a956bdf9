"""The states of series over time: from values by thresholds or words, or from the values of a label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from panels import series, units
from panels.series import Series
from panels.spec import Frames, Panel, Status, Timeline
from panels.status import WORDS, word
from panels.visible import visible_name
from queries.metrics.frame import Labels, Times

RANKS: Final = (Status.GOOD, Status.WARNING, Status.SERIOUS, Status.CRITICAL, Status.NONE)


@dataclass(frozen=True)
class State:
    """A state as it is shown; without a status it has a colour of its own."""

    word: str
    status: Status = Status.NONE


UNKNOWN: Final = State(WORDS[Status.UNKNOWN], Status.UNKNOWN)


@dataclass(frozen=True)
class StateRow:
    """The states of one row; None where there is no sample."""

    name: str
    labels: Labels
    times: Times
    states: tuple[State | None, ...]


def rows(panel: Panel, view: Timeline, frames: Frames) -> tuple[StateRow, ...]:
    """A row for each series, or for the series that differ in the view's label alone."""
    collected = series.collect(panel, frames)
    if view.label:
        return tuple(_by_label(panel, view.label, group) for group in _groups(collected, view.label))
    return tuple(
        StateRow(row.name, row.labels, row.times, tuple(_state(panel, view, float(value)) for value in row.values))
        for row in collected
    )


def palette(view: Timeline, of: Sequence[StateRow]) -> tuple[State, ...]:
    """All states that a legend can name, from good to bad, then those without a status in the order of words."""
    if not view.values and not view.label:
        return tuple(State(word(status, view.words), status) for status in RANKS)
    occurring = {state for row in of for state in row.states if state is not None}
    return tuple(sorted(occurring, key=lambda state: (RANKS.index(state.status), state.word)))


def has_own_colour(state: State) -> bool:
    """Whether the state has a colour of its own, by its word."""
    return state.status is Status.NONE and bool(state.word)


def _state(panel: Panel, view: Timeline, value: float) -> State | None:
    if math.isnan(value):
        return None
    for known in view.values:
        if known.holds(value):
            return State(known.word, known.status)
    status = view.thresholds.status(value)
    return State(units.write(value, panel.unit) if view.values else word(status, view.words), status)


def _groups(collected: Sequence[Series], label: str) -> list[list[Series]]:
    groups: dict[tuple[int, frozenset[tuple[str, str]]], list[Series]] = {}
    for row in collected:
        groups.setdefault((row.query, frozenset(_without(row.labels, label).items())), []).append(row)
    return list(groups.values())


def _by_label(panel: Panel, label: str, group: Sequence[Series]) -> StateRow:
    """At each instant the label's value of the series with the largest value that is not zero."""
    labels, times = _without(group[0].labels, label), group[0].times
    values = np.nan_to_num(np.vstack([row.values for row in group]))
    largest = values.argmax(axis=0)
    words = [State(visible_name(row.labels.get(label, ""))) for row in group]
    states = tuple(
        words[place] if values[place, instant] > 0 else None for instant, place in enumerate(largest.tolist())
    )
    query = series.query_of(panel, group[0].query)
    return StateRow(series.name_of(query, labels, panel.title), labels, times, states)


def _without(labels: Mapping[str, str], label: str) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != label}
