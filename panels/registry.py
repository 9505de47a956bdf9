"""The function that draws each view. A new kind of view needs one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from panels import bars, cards, cells, heatmaps, lines, table, text, tile, timeline
from panels.figure import mark_lines
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cards,
    Cells,
    DrawContext,
    Drawing,
    Frames,
    LabelHeatmap,
    Lines,
    Panel,
    Row,
    Table,
    Text,
    Tile,
    Timeline,
    View,
)

Builder = Callable[[Panel, Frames, DrawContext], Drawing]

BUILDERS: Final[Mapping[type[View], Builder]] = {
    Lines: lines.draw,
    Bars: bars.draw,
    LabelHeatmap: heatmaps.draw_labels,
    BucketHeatmap: heatmaps.draw_buckets,
    Timeline: timeline.draw,
    Tile: tile.draw,
    Table: table.draw,
    Cells: cells.draw,
    Cards: cards.draw,
    Text: text.draw_text,
    Row: text.draw_row,
}


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """Draw a panel from its frames (after `panel.derive`); pure, and never raises for empty frames.

    The frames' own notes are added to the drawing's, each once.
    """
    drawing = BUILDERS[type(panel.view)](panel, frames, context)
    notes = (note for frame in frames for note in frame.notes)
    figure = mark_lines(drawing.figure, context.marks) if drawing.figure else drawing.figure
    return replace(drawing, figure=figure, notes=tuple(dict.fromkeys((*drawing.notes, *notes))))
