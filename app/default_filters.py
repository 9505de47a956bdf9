"""The filters of a board that always have one value: the first one, where an address names none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from app.boards import BoardService
from app.state import State, selectable
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import TimeRange
from queries.core.ttl_cache import TTLCache
from queries.metrics.label_lookup import canonical_values
from queries.metrics.promql import matchers

_MOST_METRICS: Final = 40
_SECONDS: Final = 2.0  # a document does not wait longer for them
_REMEMBERED_SECONDS: Final = 30.0
_METRIC: Final = r"([a-zA-Z_:][\w:]*)\s*\{{[^{{}}]*\$filter\(\s*{label}\s*\)"
Chosen = Mapping[str, tuple[str, ...]]


def filtered_series(board: Dashboard, label: str, before: Chosen | None = None) -> str:
    """A selector of what the board filters by a label outside the contract; empty if nothing.

    Of several metrics, since any of them can be missing here. `before` are values of other labels.
    """
    pattern = re.compile(_METRIC.format(label=label), re.ASCII)
    exprs = (query.expr for panel in board.panels for query in panel.queries)
    names = list(dict.fromkeys(match[1] for expr in exprs for match in pattern.finditer(expr)))[:_MOST_METRICS]
    conditions = [f'__name__=~"{"|".join(names)}"', matchers(before or {}, tuple(before or {}))]
    return f"{{{','.join(text for text in conditions if text)}}}" if names else ""


@dataclass(frozen=True)
class DefaultFilters:
    """Looks up first values, and remembers them for half a minute."""

    boards: BoardService
    known: TTLCache[tuple[str, str, str], str] = field(default_factory=TTLCache)

    def address(self, board: Dashboard, parameters: Mapping[str, Sequence[str]]) -> str:
        """The board's address with a value for each such filter; empty if all have one, or none can be had."""
        chosen = {label: tuple(parameters[label]) for label in board.filters if any(parameters.get(label, ()))}
        missing = [label for label in board.single if label not in chosen]
        deadline, added = Deadline.after(_SECONDS), dict[str, str]()
        for label in missing:
            value = self._first(board, label, chosen, deadline)
            if not value:
                break
            added[label] = value
            chosen[label] = (value,)
        if not added:
            return ""
        pairs = [(name, value) for name, values in parameters.items() for value in values if name not in added]
        return f"{board.path}?{urlencode([*pairs, *added.items()], quote_via=quote, safe=':/')}"

    def _first(self, board: Dashboard, label: str, chosen: Chosen, deadline: Deadline) -> str:
        """The first value of a label among the series that the filters before it leave."""
        before = {name: chosen[name] for name in board.single[: board.single.index(label)] if name in chosen}
        selector = filtered_series(board, label, before)
        key = (board.id, label, selector)
        value = self.known.get(key)
        if value is None and selector:
            value = self._look_up(label, selector, board, deadline)
            if value:
                self.known.put(key, value, _REMEMBERED_SECONDS)
        return value or ""

    def _look_up(self, label: str, selector: str, board: Dashboard, deadline: Deadline) -> str:
        scope = self.boards.scope(State(TimeRange(board.range)))
        source = self.boards.engine.metadata[self.boards.source]
        try:
            values = canonical_values(source, scope.profile, label, selector, scope.window, deadline)
        except QueryError:
            return ""
        return next(iter(selectable(values)), "")
