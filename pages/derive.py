"""Pure functions that turn the frames of queries into the frames of a view, for what PromQL cannot express well."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from panels import units
from panels.prices import PriceTable
from panels.series import BOUND_LABEL
from panels.spec import Frames, Unit
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY, Frame

_ROUNDING: Final = 1e-6  # a share of the sum that is no number of its own


def by_status_class(frames: Frames, _window: Window, _prices: PriceTable) -> Frames:
    """One series per status class (`2xx`, `4xx`, …) from one per status code; the label is `class`."""
    return tuple(_group(frame) for frame in frames)


def distinct(frames: Frames, _window: Window, _prices: PriceTable) -> Frames:
    """Reduce distinct users by instance (the first frame) to one series; keep the other frames.

    Each instance counts a user of several instances. The true number is therefore between the largest count and the
    sum: the largest is shown as “at least”, and a note gives both.
    """
    return (_at_least(frames[0]), *frames[1:]) if frames else frames


def largest_and_others(frames: Frames, _window: Window, _prices: PriceTable) -> Frames:
    """From the largest series and the sum of all: the largest, and the sum of all others where there are any."""
    if len(frames) < 2 or frames[1].is_empty:
        return frames
    largest, whole = frames
    others = whole.values - np.nansum(largest.values, axis=0)
    is_some = bool((others > _ROUNDING * whole.values).any())
    return largest, whole.with_values(others) if is_some else replace(EMPTY, notes=whole.notes)


def _at_least(frame: Frame) -> Frame:
    if len(frame.labels) < 2:
        return Frame(frame.times, tuple({} for _ in frame.labels), frame.values, frame.notes)
    present = ~np.isnan(frame.values)
    largest = np.where(present.any(axis=0), np.max(np.where(present, frame.values, -np.inf), axis=0), np.nan)
    return Frame(frame.times, ({BOUND_LABEL: "at least"},), largest[np.newaxis], (*frame.notes, *_range_note(frame)))


def _range_note(frame: Frame) -> tuple[str, ...]:
    """A note with the bounds of the newest count; none while only one instance reports."""
    newest = np.flatnonzero(~np.isnan(frame.values).all(axis=0))
    counts = frame.values[:, newest[-1]] if newest.size else np.empty(0)
    counts = counts[~np.isnan(counts)]
    if counts.size < 2:
        return ()
    least, most = (units.write(float(number), Unit.COUNT) for number in (counts.max(), counts.sum()))
    return (f"{counts.size} instances count their own users: at least {least}, at most {most} distinct ones",)


def _group(frame: Frame) -> Frame:
    classes = [f"{labels.get('status', '?')[:1]}xx" for labels in frame.labels]
    names = sorted(set(classes))
    rows = [_sum(frame.values[[index for index, other in enumerate(classes) if other == name]]) for name in names]
    values = np.array(rows) if rows else np.empty((0, frame.times.size))
    return Frame(frame.times, tuple({"class": name} for name in names), values, frame.notes)


def _sum(rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Sum over series; NaN only where every series is absent."""
    total: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.nansum(rows, axis=0)
    return np.where(np.isnan(rows).all(axis=0), np.nan, total)
