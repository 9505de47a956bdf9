"""Metrics for exploring pages: canonical templates in the profile's names, through the engine and its cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.alerts import AlertSource
from app.boards import BoardService
from app.offer import metrics_of
from pages.metric_reader import Answered, PanelQuery
from panels.spec import Mark, Over
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window, align, choose_step
from queries.metrics.alerts import FiringAlert
from queries.metrics.bounds import with_canonical_bounds
from queries.metrics.detection import Resolution
from queries.metrics.frame import EMPTY
from queries.metrics.promql import expand
from queries.metrics.request import Answer, Outcome, Request

POINTS: Final = 90  # of a window; fewer cost detail, more cost time


@dataclass(frozen=True)
class BoardMetrics:
    """The metric reader of pages, over the boards' source."""

    boards: BoardService
    alert_source: AlertSource

    def window(self, start: int, end: int) -> Window:
        """An aligned window with a step for about a hundred points; epoch seconds."""
        scrape = self.boards.engine.sources[self.boards.source].scrape_interval()
        return align(start, end, choose_step(end - start, POINTS, scrape), scrape)

    def frames(self, windowed: Sequence[tuple[str, Window]], deadline: Deadline) -> list[Answered]:
        """An answer for each template over its window; an empty frame where the profile has no such metric."""
        resolution = self.boards.profiles.current()
        requests = [self._request(template, window, resolution) for template, window in windowed]
        unique = list(dict.fromkeys(request for request in requests if request is not None))
        outcomes = dict(zip(unique, self.boards.engine.run_many(unique, deadline.remaining), strict=True))
        factors = resolution.profile.bounds
        return [EMPTY if request is None else _answered(outcomes[request], factors) for request in requests]

    def panel_queries(self) -> tuple[PanelQuery, ...]:
        """Every query over the range of every panel of every board that is offered."""
        offer = self.boards.offer()
        return tuple(
            PanelQuery(board.title, board.path, panel.id, panel.title, panel.unit, query.expr, query.legend)
            for board in offer.navigation
            for panel in offer.board(board).panels
            if panel.derive is None
            for query in panel.queries
            if query.over is Over.RANGE and not query.shift
        )

    def marks(self, start: float, end: float) -> tuple[Mark, ...]:
        """Marks such as deployments between two instants, epoch seconds, oldest first."""
        return self.boards.marks(start, end)

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that fire now. Raises QueryError."""
        return self.alert_source.alerts(deadline)

    def _request(self, template: str, window: Window, resolution: Resolution) -> Request | None:
        if not all(resolution.provides(metric) for metric in metrics_of(template)):
            return None
        expr = expand(template, window, {}, resolution.profile)
        return Request(self.boards.source, expr, window, self.boards.tenant)


def _answered(outcome: Outcome, factors: Mapping[str, float]) -> Answered:
    """A whole frame with canonical bounds; an old or partial one counts as late."""
    if isinstance(outcome, Answer):
        if outcome.missing:
            return None
        return with_canonical_bounds(outcome.frame, outcome.request.expr, factors)
    return outcome.without_frames() if isinstance(outcome, QueryError) else None
