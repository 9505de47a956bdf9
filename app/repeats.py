"""Repeated panels and rows: one for each value of a label, as the backend has them and the filter chooses."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from app.boards import BoardService
from app.default_filters import filtered_series
from app.filled_rows import filled
from app.state import State, parse, selectable
from pages.files.checks import MOST_PANELS
from panels.spec import Dashboard, Panel, Row
from panels.visible import visible_name
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError
from queries.core.ttl_cache import TTLCache
from queries.metrics.label_lookup import canonical_values

MOST_COPIES: Final = 12
_SECONDS: Final = 1.0  # a page does not wait longer for values
_REMEMBERED_SECONDS: Final = 600.0  # values of a backend that does not answer
_EVERY: Final = "all"
_REFERENCE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 20
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Repeats:
    """Gives boards with their copies; values are remembered while the backend does not answer."""

    boards: BoardService
    known: TTLCache[tuple[str, str, str], tuple[str, ...]] = field(default_factory=TTLCache)

    def of_query(self, board: Dashboard, query: Mapping[str, Sequence[str]]) -> Dashboard:
        """The board for the query of an address; for one that is not valid as if nothing was chosen."""
        if not labels_repeated(board):
            return board
        try:
            return self.expanded(board, parse(query, board))
        except InvalidInput:
            return self.expanded(board, State())

    def with_panel(self, board: Dashboard, panel_id: str, query: Mapping[str, Sequence[str]]) -> Dashboard:
        """The board for an address of one panel: a copy, or, by its own id, the panel with all chosen values."""
        if not labels_repeated(board) or any(panel.id == panel_id for panel in board.panels):
            return unrepeated(board, {label: query[label] for label in board.filters if any(query.get(label, ()))})
        return self.of_query(board, query)

    def expanded(self, board: Dashboard, state: State) -> Dashboard:
        """The board with a copy of each repeated panel and row for each value of its label.

        Panels whose values are not known stay one panel with all series.
        """
        labels = labels_repeated(board)
        if not labels:
            return board
        values = {label: self._values(board, label, state) for label in labels}
        panels = tuple(panel for group in _groups(board.panels) for panel in _copies_of_group(group, values))
        return replace(board, panels=filled(panels[:MOST_PANELS]))

    def _values(self, board: Dashboard, label: str, state: State) -> tuple[str, ...]:
        """The chosen values, else all that occur in the range with the other filters."""
        if chosen := state.filters.get(label):
            return tuple(chosen)
        others = {name: values for name, values in state.filters.items() if name in board.filters}
        series = filtered_series(board, label, others)
        key = (board.id, label, series)
        try:
            values = self._current(label, series, state) if series else ()
        except QueryError:
            return self.known.get(key) or ()
        self.known.put(key, values, _REMEMBERED_SECONDS)
        return values

    def _current(self, label: str, series: str, state: State) -> tuple[str, ...]:
        scope = self.boards.scope(state)
        source = self.boards.engine.metadata[self.boards.source]
        deadline = Deadline.after(_SECONDS)
        return selectable(canonical_values(source, scope.profile, label, series, scope.window, deadline))


def unrepeated(board: Dashboard, chosen: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Dashboard:
    """The board with one panel for all values, or for those that are chosen, where there is no room for copies."""
    labels = labels_repeated(board)
    if not labels:
        return board
    names = {label: ", ".join(map(visible_name, filter(None, chosen.get(label, ())))) or _EVERY for label in labels}
    panels = [replace(panel, repeat="") for group in _groups(board.panels) for panel in _named(group, names)]
    return replace(board, panels=tuple(panels))


def labels_repeated(board: Dashboard) -> tuple[str, ...]:
    """The labels that panels and rows of a board are repeated by."""
    return tuple(dict.fromkeys(panel.repeat for panel in board.panels if panel.repeat))


def _groups(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """A row with the panels below it; the panels before the first row."""
    group: list[Panel] = []
    for panel in panels:
        if isinstance(panel.view, Row) and group:
            yield group
            group = []
        group.append(panel)
    if group:
        yield group


def _named(group: Sequence[Panel], names: Mapping[str, str]) -> Iterator[Panel]:
    """The panels of a row with the names of what the row and they themselves are repeated by."""
    head = group[0]
    labels = {head.repeat} if isinstance(head.view, Row) else set[str]()
    for panel in group:
        of = {label: names[label] for label in (*labels, panel.repeat) if label in names}
        yield replace(panel, title=_title(panel.title, of))


def _copies_of_group(group: Sequence[Panel], values: Values) -> Iterator[Panel]:
    head = group[0]
    chosen = values.get(head.repeat, ()) if isinstance(head.view, Row) else ()
    if not chosen:
        names = {head.repeat: _EVERY} if isinstance(head.view, Row) else {}
        named = [replace(panel, title=_title(panel.title, names)) for panel in group]
        yield from (copy for panel in named for copy in _copies(panel, values))
        return
    for value in chosen[:MOST_COPIES]:
        bound = [_copy(panel, head.repeat, value) for panel in group]
        yield from (copy for panel in bound for copy in _copies(panel, values))
    yield from _rest(head, chosen)


def _copies(panel: Panel, values: Values) -> Iterator[Panel]:
    chosen = values.get(panel.repeat, ())
    if not chosen or panel.repeat in dict(panel.fixed):
        yield replace(panel, title=_title(panel.title, {panel.repeat: _EVERY})) if panel.repeat else panel
        return
    for value in chosen[:MOST_COPIES]:
        yield _copy(panel, panel.repeat, value)
    yield from _rest(panel, chosen)


def _copy(panel: Panel, label: str, value: str) -> Panel:
    title = _title(panel.title, {label: visible_name(value)})
    return replace(panel, id=_id(panel.id, value), title=title, fixed=(*panel.fixed, (label, value)))


def _rest(panel: Panel, chosen: Sequence[str]) -> Iterator[Panel]:
    """A heading that says how many values are left out."""
    left_out = len(chosen) - MOST_COPIES
    if left_out > 0:
        title = f"And {left_out} more: choose them in the filter “{panel.repeat}”"
        yield Panel(id=f"{panel.id[:70]}-more", title=title, view=Row(), span=12, rows=1)


def _id(panel_id: str, value: str) -> str:
    """An id that depends on the value alone, so that addresses stay valid when others come and go."""
    slug = _SLUG.sub("-", value.lower())[:_LONGEST_SLUG].strip("-")
    return "-".join(part for part in (panel_id[:40], slug, f"{zlib.crc32(value.encode()):08x}") if part)


def _title(title: str, values: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda match: values.get(match[1], match[0]), title)
