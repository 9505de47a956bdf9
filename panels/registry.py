"""The function that draws each view. A new kind of view needs one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from panels import bars, cards, cells, heatmaps, lines, pie, table, text, tile, timeline
from panels.figure import firing_areas, mark_lines
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
    Pie,
    Row,
    Table,
    Text,
    Tile,
    Timeline,
    View,
)

_NAMED: Final = 3  # alerts in the legend of shaded areas
Builder = Callable[[Panel, Frames, DrawContext], Drawing]

BUILDERS: Final[Mapping[type[View], Builder]] = {
    Lines: lines.draw,
    Bars: bars.draw,
    Pie: pie.draw,
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
    notes = tuple(note for frame in frames for note in frame.notes)
    figure = drawing.figure
    if figure:
        figure = firing_areas(mark_lines(figure, context.marks), context.firings)
        notes = (*notes, *_firing_note(figure))
    return replace(drawing, figure=figure, notes=tuple(dict.fromkeys((*drawing.notes, *notes))))


def _firing_note(figure: Mapping[str, Any]) -> tuple[str, ...]:
    """The legend of shaded areas: the alerts that fired."""
    shapes = figure["layout"].get("shapes", [])
    areas = [shape for shape in shapes if shape["type"] == "rect"]
    names = list(dict.fromkeys(area["name"] for area in areas))
    if not names:
        return ()
    how = "Framed" if areas[0]["layer"] == "above" else "Shaded"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (f"{how} while it fired: {', '.join(names[:_NAMED])}{more}",)
