"""Health at a glance: groups of cells, each a name, a shape, a word or a number."""

from __future__ import annotations

import math
from collections.abc import Mapping

from markupsafe import Markup

from panels import series, units
from panels.histogram import Caps
from panels.markup import joined, tag
from panels.spec import CellGroup, Cells, DrawContext, Drawing, Frames, Panel, Status, Unit
from panels.status import Rating, icon, word, worst_rating

# Name, labels, newest value.
Member = tuple[str, Mapping[str, str], float]


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A cell for each series of each group's query."""
    view = panel.view
    assert isinstance(view, Cells)
    caps = Caps(panel, context.bounds)
    groups: list[Markup] = []
    ratings: list[Rating] = []
    said: list[str] = []
    for group in view.groups:
        found = _members(panel, group, frames)
        cells = [_cell(caps, group, member) for member in found]
        empty = tag("span", "no data", class_="cell cell-none")
        title = tag("h3", group.title, class_="cell-title")
        groups.append(tag("div", title, tag("div", joined(cells) if cells else empty, class_="cell-list"),
                          class_="cell-group"))  # fmt: skip
        ratings.extend(Rating(_status(caps, group, each), f"{each[0]} {_word(caps, group, each)}") for each in found)
        said.extend(f"{each[0]} {_word(caps, group, each)}" for each in found)
    rating = worst_rating(ratings)
    alt = f"{panel.title}: {', '.join(said)}." if said else f"{panel.title}: no data."
    return Drawing(html=str(tag("div", joined(groups), class_="cell-groups")), alt=alt, status=rating.status,
                   reason=rating.text, notes=_notes(caps, view))  # fmt: skip


def _members(panel: Panel, group: CellGroup, frames: Frames) -> list[Member]:
    """Name, labels and last value of a group's series, by name. A series without a number is unknown, not missing."""
    if group.query >= len(frames):
        return []
    frame = frames[group.query]
    query = series.query_of(panel, group.query)
    found = [
        (series.name_of(query, labels, group.title), labels, float(value))
        for labels, value in zip(frame.labels, frame.at_end(), strict=True)
    ]
    return sorted(found, key=lambda each: each[0])


def _cell(caps: Caps, group: CellGroup, member: Member) -> Markup:
    name, labels, _ = member
    status, text, panel = _status(caps, group, member), _word(caps, group, member), caps.panel
    drill = labels.get(panel.drill.label) if panel.drill else None
    where = {"href": group.href, "data_nav": ""} if group.href else {}
    return tag(
        "a" if group.href else "span",
        icon(status),
        tag("span", name, class_="cell-name"),
        tag("span", text, class_="cell-word"),
        class_="cell", data_status=status, title=f"{name}: {text}", data_drill=drill, **where,
    )  # fmt: skip


def _status(caps: Caps, group: CellGroup, member: Member) -> Status:
    _, labels, value = member
    return caps.status(group.thresholds, value, _unit(group), group.query, labels)


def _word(caps: Caps, group: CellGroup, member: Member) -> str:
    """The number where the group shows one (with its word when it worries), else the word."""
    _, labels, value = member
    status = _status(caps, group, member)
    said = word(status, group.words)
    if group.unit is None or math.isnan(value):
        return said or units.MISSING
    number = caps.marked(units.write(value, group.unit), value, group.unit, group.query, labels)
    return f"{number}, {said}" if status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL) else number


def _notes(caps: Caps, view: Cells) -> tuple[str, ...]:
    return tuple(note for group in view.groups for note in caps.notes(group.thresholds, _unit(group), group.query))


def _unit(group: CellGroup) -> Unit:
    return group.unit or Unit.COUNT
