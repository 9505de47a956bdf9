"""Health overview: groups of cells, each with a name, a shape, and a word or a number."""

from __future__ import annotations

import math
from collections.abc import Mapping

from markupsafe import Markup

from panels import links, series, units
from panels.histogram import Caps
from panels.markup import join, tag
from panels.spec import CellGroup, Cells, DrawContext, Drawing, Frames, Panel, Status, Unit
from panels.status import Rating, icon, word, worst_rating
from queries.core.time_range import Window

# Name, labels, newest value.
Member = tuple[str, Mapping[str, str], float]


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A cell for each series of each group's query."""
    view = panel.view
    assert isinstance(view, Cells)
    caps = Caps(panel, context.bounds)
    groups: list[Markup] = []
    ratings: list[Rating] = []
    texts: list[str] = []
    for group in view.groups:
        members = _members(panel, group, frames)
        cells = [_cell(caps, group, member, context.window) for member in members]
        empty = tag("span", "no data", class_="cell cell-none")
        title = tag("h3", group.title, class_="cell-title")
        groups.append(
            tag("div", title, tag("div", join(cells) if cells else empty, class_="cell-list"), class_="cell-group")
        )
        ratings.extend(
            Rating(_status(caps, group, member), f"{member[0]} {_word(caps, group, member)}") for member in members
        )
        texts.extend(f"{member[0]} {_word(caps, group, member)}" for member in members)
    rating = worst_rating(ratings)
    alt = f"{panel.title}: {', '.join(texts)}." if texts else f"{panel.title}: no data."
    return Drawing(
        html=str(tag("div", join(groups), class_="cell-groups")),
        alt=alt,
        status=rating.status,
        reason=rating.text,
        notes=_notes(caps, view),
    )


def _members(panel: Panel, group: CellGroup, frames: Frames) -> list[Member]:
    """Name, labels and last value of a group's series, by name. A series without a number is unknown, not missing."""
    if group.query >= len(frames):
        return []
    frame = frames[group.query]
    query = series.query_of(panel, group.query)
    members = [
        (series.name_of(query, labels, group.title), labels, float(value))
        for labels, value in zip(frame.labels, frame.at_end(), strict=True)
    ]
    return sorted(members, key=lambda member: member[0])


def _cell(caps: Caps, group: CellGroup, member: Member, window: Window) -> Markup:
    """A cell that is a link as a whole has no others in it."""
    name, labels, value = member
    status, text, panel = _status(caps, group, member), _word(caps, group, member), caps.panel
    drill = labels.get(panel.drill.label) if panel.drill else None
    targets = () if group.href else links.of_entry(panel, labels, name, window, value)
    where = {"href": group.href, "data_nav": ""} if group.href else {}
    return tag(
        "a" if group.href else "span",
        icon(status),
        links.named(targets, name, "cell-name"),
        tag("span", text, class_="cell-word"),
        class_="cell",
        data_status=status,
        title=f"{name}: {text}",
        data_drill=drill,
        **where,
    )


def _status(caps: Caps, group: CellGroup, member: Member) -> Status:
    _, labels, value = member
    return caps.status(group.thresholds, value, _unit(group), group.query, labels)


def _word(caps: Caps, group: CellGroup, member: Member) -> str:
    """The number if the group has a unit (with the status word from WARNING on), else the word."""
    _, labels, value = member
    status = _status(caps, group, member)
    label = word(status, group.words)
    if group.unit is None or math.isnan(value):
        return label or units.MISSING
    number = caps.label(units.write(value, group.unit), value, group.unit, group.query, labels)
    return f"{number}, {label}" if status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL) else number


def _notes(caps: Caps, view: Cells) -> tuple[str, ...]:
    return tuple(note for group in view.groups for note in caps.notes(group.thresholds, _unit(group), group.query))


def _unit(group: CellGroup) -> Unit:
    return group.unit or Unit.COUNT
