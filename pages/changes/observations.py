"""Frames of the questions, before and during the window, as observations that the causes package understands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pages.changes.catalog import Question, Reading
from queries.causes.signals import Form, Group, Observation
from queries.metrics.frame import EMPTY, Frame, Labels

Floats = npt.NDArray[np.float64]
Key = tuple[str, ...]


def observation(question: Question, before: Sequence[Frame], now: Sequence[Frame], step: int) -> Observation | None:
    """An observation from the frames of `question.templates`; None where either side has no series."""
    axes = tuple(next((frame.times for frame in frames if frame.times.size), None) for frames in (before, now))
    if axes[0] is None or axes[1] is None:
        return None
    if question.signal.form is Form.LATENCY:
        return _latency(question, before[0], now[0], step)
    earlier, later = _terms(question, before, step), _terms(question, now, step)
    keys = [key for key in _keys(question, later) if key in earlier or question.signal.form is Form.SHARE]
    keys = [
        key for key in keys if all(_has_mean(question, terms[key], step) for terms in (earlier, later) if key in terms)
    ]
    groups = tuple(_group(question, key, earlier, later, (axes[0].size, axes[1].size)) for key in keys)
    return Observation(question.signal, groups, axes[1]) if groups else None


LEAST_EVENTS: Final = 100  # for a mean: a few calls of a model that is hardly used say nothing about it
CERTAIN: Final = 10  # events for a state: what was seen to be down is not down by chance
Terms = dict[Key, tuple[Floats | None, Floats | None]]


def _terms(question: Question, frames: Sequence[Frame], step: int) -> Terms:
    """Part and whole by label values; a whole without labels belongs to every part."""
    step = step if question.signal.form is Form.SHARE else 1  # counts have errors of their own, levels do not
    part = _rows(frames[0], question.part.by, question.part.reading, step)
    if question.whole is None:
        return {key: (row, None) for key, row in part.items()}
    whole = _rows(frames[1] if len(frames) > 1 else EMPTY, question.whole.by, question.whole.reading, step)
    if not question.whole.by and question.part.by:
        total = whole.get((), None)
        return {key: (row, total) for key, row in part.items()}
    return {key: (part.get(key), whole.get(key)) for key in {**part, **whole}}


def _keys(question: Question, terms: Terms) -> Iterator[Key]:
    for key in sorted(terms):
        part, whole = terms[key]
        needs_whole = question.whole is not None
        if (whole is not None if needs_whole else part is not None) and all(key[:1]):
            yield key


def _has_mean(question: Question, terms: tuple[Floats | None, Floats | None], step: int) -> bool:
    """Whether a level that is a mean over events has enough of them; other signals have none, or weigh them."""
    if question.whole is None or question.signal.form is Form.SHARE or question.whole.reading is not Reading.RATE:
        return True
    whole = terms[1]
    return whole is not None and float(np.nansum(whole)) * step >= LEAST_EVENTS


def _group(question: Question, key: Key, before: Terms, now: Terms, sizes: tuple[int, int]) -> Group:
    sides = []
    for terms, size in zip((before, now), sizes, strict=True):
        part, whole = terms.get(key, (None, None))
        nothing = np.zeros(size)
        sides.append((nothing if part is None else part, nothing if whole is None else whole))
    (part_before, whole_before), (part_now, whole_now) = sides
    value, parent = key[0] if key else "", key[1] if len(key) > 1 else ""
    if question.signal.form is Form.SHARE:
        return Group(value, part_before, part_now, whole_before, whole_now, parent)
    if question.whole is None:
        return Group(value, part_before, part_now, parent=parent)
    is_mean = question.whole.reading is Reading.RATE
    return Group(
        value,
        _divided(part_before, whole_before, is_mean, question.is_rest),
        _divided(part_now, whole_now, is_mean, question.is_rest),
        parent=parent,
    )


def _divided(part: Floats, whole: Floats, is_mean: bool, is_rest: bool) -> Floats:
    """The part of the whole at each step; a mean over events is that of three steps, since few events scatter."""
    if is_mean:
        part, whole = (np.convolve(np.nan_to_num(values), np.ones(3), "same") for values in (part, whole))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(whole > 0, part / whole, np.nan)
    return 1 - ratio if is_rest else ratio


def _rows(frame: Frame, by: Sequence[str], reading: Reading, step: int) -> dict[Key, Floats]:
    """Values by label values; rates become events per step."""
    factor = step if reading is Reading.RATE else CERTAIN if reading in (Reading.DOWN, Reading.COUNT) else 1
    return {_key(labels, by): frame.values[row] * factor for row, labels in enumerate(frame.labels)}


def _key(labels: Labels, by: Sequence[str]) -> Key:
    return tuple(labels.get(name, "") for name in by)


def _latency(question: Question, before: Frame, now: Frame, step: int) -> Observation | None:
    names = question.part.by[:-1]
    bounds = np.unique([_bound(labels) for frame in (before, now) for labels in frame.labels])
    if bounds.size < 2 or not np.isinf(bounds[-1]):
        return None
    earlier, later = (_buckets(frame, names, bounds, step) for frame in (before, now))
    groups = tuple(
        Group(key[0] if key else "", earlier[key], later[key], parent=key[1] if len(key) > 1 else "")
        for key in sorted(later)
        if key in earlier
    )
    return Observation(question.signal, groups, now.times, bounds) if groups else None


def _buckets(frame: Frame, names: Sequence[str], bounds: Floats, step: int) -> dict[Key, Floats]:
    """Cumulative counts (bounds, steps) by label values; a bound that a group lacks repeats the one below it."""
    groups: dict[Key, Floats] = {}
    for row, labels in enumerate(frame.labels):
        buckets = groups.setdefault(_key(labels, names), np.zeros((bounds.size, frame.times.size)))
        buckets[int(np.searchsorted(bounds, _bound(labels)))] = np.nan_to_num(frame.values[row]) * step
    return {key: np.maximum.accumulate(buckets, axis=0) for key, buckets in groups.items()}


def _bound(labels: Labels) -> float:
    try:
        return float(labels.get("le", "nan"))
    except ValueError:
        return float("nan")
