"""A panel's numbers independent of how they are drawn: each frame with its title and its unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from panels.spec import Cards, CellGroup, Cells, Column, Frames, Panel, Table, Unit
from queries.metrics.frame import Frame


@dataclass(frozen=True)
class Measure:
    """One frame with its title and the unit of its values."""

    title: str
    unit: Unit
    frame: Frame


def measures(panel: Panel, frames: Frames) -> tuple[Measure, ...]:
    """One measure a frame; tables, cards and cells have a unit for each of their columns, other views the panel's."""
    parts = _parts(panel)
    return tuple(_measure(panel, parts.get(number), frame) for number, frame in enumerate(frames))


def _parts(panel: Panel) -> dict[int, Column | CellGroup]:
    """The first column or group of each query."""
    view = panel.view
    parts: tuple[Column | CellGroup, ...] = ()
    if isinstance(view, Table):
        parts = view.columns
    elif isinstance(view, Cards):
        parts = view.fields
    elif isinstance(view, Cells):
        parts = view.groups
    return {part.query: part for part in reversed(parts)}


def _measure(panel: Panel, part: Column | CellGroup | None, frame: Frame) -> Measure:
    if part is None:
        return Measure(panel.title, panel.unit, frame)
    if isinstance(part, Column) and part.share:
        return Measure(part.title, part.unit, _shares(frame))
    return Measure(part.title, part.unit or Unit.COUNT, frame)


def _shares(frame: Frame) -> Frame:
    """Each series as a percentage of the sum at each instant, as a table shows such a column."""
    whole = np.nansum(frame.values, axis=0)
    shares = np.divide(100 * frame.values, whole, out=np.full(frame.values.shape, np.nan), where=whole > 0)
    return frame.with_values(shares)
