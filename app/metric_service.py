"""Names, labels and drawn panels of any metric, through the query layer and its cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from app.boards import BoardService
from app.metric_facts import useful_labels, values_of
from app.panel_markup import drawn
from app.state import State
from pages.explore.source import MetricDetails
from pages.proposals import MetricFacts, facts
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange, Window
from queries.metrics.prometheus.source import PrometheusSource

_LOOK_BACK: Final = 3_600
_SUFFIXES: Final = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class MetricService:
    """What the page of a metric asks; raises QueryError while the backend is away."""

    boards: BoardService

    def names(self, deadline: Deadline) -> tuple[str, ...]:
        """The names of all series of the last hour, sorted."""
        return self.boards.engine.metadata[self.boards.source].label_values("__name__", "", self._window(), deadline)

    def details(self, name: str, deadline: Deadline) -> MetricDetails | None:
        """The metric that a series name belongs to, with the values of its labels."""
        metric = self._facts(name, deadline)
        if metric is None:
            return None
        values = values_of(self.boards.engine.metadata[self.boards.source], metric, self._window(), deadline)
        return MetricDetails(replace(metric, labels=useful_labels(values)), values)

    def drawn(
        self, board: Dashboard, time_range: TimeRange, filters: Mapping[str, Sequence[str]], deadline: Deadline
    ) -> tuple[Markup, ...]:
        """The board's panels as HTML, in order."""
        state = State(time_range, {label: tuple(values) for label, values in filters.items()})
        views = self.boards.refresh(state, board.panels, deadline.remaining, board.id).panels
        return tuple(drawn(view) for view in views)

    def _facts(self, name: str, deadline: Deadline) -> MetricFacts | None:
        """The type of a metric by the series that are there, and by what its exporter says."""
        bases = {name, *(name.removesuffix(suffix) for suffix in _SUFFIXES)}
        match = f'{{__name__=~"(?:{"|".join(sorted(bases))})(?:{"|".join(_SUFFIXES)})?"}}'
        metadata = self.boards.engine.metadata[self.boards.source]
        known = metadata.label_values("__name__", match, self._window(), deadline)
        source = self.boards.engine.sources[self.boards.source]
        types: dict[str, tuple[str, str]] = {}
        if known and isinstance(source, PrometheusSource):
            for base in sorted(bases):
                types |= source.metric_types(deadline, base)
        metrics = {metric.name: metric for metric in facts(known, types)}
        return next((metrics[base] for base in sorted(bases, key=len, reverse=True) if base in metrics), None)

    def _window(self) -> Window:
        now = int(self.boards.clock())
        return Window(now - _LOOK_BACK, now, 60)
