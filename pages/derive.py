"""Pure functions from a query's frames to a view's frames, where PromQL cannot or should not say it."""

from __future__ import annotations

import numpy as np

from panels.spec import Frames
from queries.frame import Frame
from queries.window import Window


def by_status_class(frames: Frames, _window: Window) -> Frames:
    """One series per status class (`2xx`, `4xx`, …) from one per status code; the label is `class`."""
    return tuple(_grouped(frame) for frame in frames)


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
