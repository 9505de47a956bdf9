"""Pure functions from a query's frames to a view's frames, where PromQL cannot or should not say it."""

from __future__ import annotations

import numpy as np

from panels import units
from panels.prices import PriceTable
from panels.series import BOUND_LABEL
from panels.spec import Frames, Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame


def by_status_class(frames: Frames, _window: Window, _prices: PriceTable) -> Frames:
    """One series per status class (`2xx`, `4xx`, …) from one per status code; the label is `class`."""
    return tuple(_grouped(frame) for frame in frames)


def distinct(frames: Frames, _window: Window, _prices: PriceTable) -> Frames:
    """From distinct users by instance (the first frame) one series; the other frames stay.

    Who uses several instances is counted by each of them, so the true number lies between the largest count and
    their sum: the largest is shown, as “at least”, and a note says both.
    """
    return (_at_least(frames[0]), *frames[1:]) if frames else frames


def _at_least(frame: Frame) -> Frame:
    if len(frame.labels) < 2:
        return Frame(frame.times, tuple({} for _ in frame.labels), frame.values, frame.notes)
    here = ~np.isnan(frame.values)
    largest = np.where(here.any(axis=0), np.max(np.where(here, frame.values, -np.inf), axis=0), np.nan)
    return Frame(frame.times, ({BOUND_LABEL: "at least"},), largest[np.newaxis], (*frame.notes, *_range_note(frame)))


def _range_note(frame: Frame) -> tuple[str, ...]:
    """What the newest counts say; nothing while only one instance counts."""
    newest = np.flatnonzero(~np.isnan(frame.values).all(axis=0))
    counts = frame.values[:, newest[-1]] if newest.size else np.empty(0)
    counts = counts[~np.isnan(counts)]
    if counts.size < 2:
        return ()
    least, most = (units.write(float(number), Unit.COUNT) for number in (counts.max(), counts.sum()))
    return (f"{counts.size} instances count their own users: at least {least}, at most {most} distinct ones",)


def _grouped(frame: Frame) -> Frame:
    classes = [f"{labels.get('status', '?')[:1]}xx" for labels in frame.labels]
    names = sorted(set(classes))
    rows = [_sum(frame.values[[index for index, each in enumerate(classes) if each == name]]) for name in names]
    values = np.array(rows) if rows else np.empty((0, frame.times.size))
    return Frame(frame.times, tuple({"class": name} for name in names), values, frame.notes)


def _sum(rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Sum over series; NaN only where every series is absent."""
    total: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.nansum(rows, axis=0)
    return np.where(np.isnan(rows).all(axis=0), np.nan, total)
