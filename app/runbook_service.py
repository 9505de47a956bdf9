"""Runs the checks of a runbook and draws its panels, through the same query layer as the boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import numpy as np

from app.boards import BoardService
from app.offer import areas, metrics_of
from app.panel_markup import drawn
from app.plan import Scope, instant_window
from app.state import State
from pages.runbooks.document import PanelBlock
from pages.runbooks.source import CheckResult, PanelPicture, Reading
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import TimeRange, Window
from queries.metrics.promql import expand
from queries.metrics.request import Answer, Filters, Outcome, Pending, Request

RANGE: Final = TimeRange("now-3h")
MOST_READINGS: Final = 8
NO_DATA: Final = "No data: nothing of this kind is exported, or nothing of it happened."


@dataclass(frozen=True)
class RunbookService:
    """Checks at the newest instant, panels over the last hours."""

    boards: BoardService

    def results(self, expressions: Sequence[str], filters: Filters, deadline: Deadline) -> tuple[CheckResult, ...]:
        """One result for each expression, in order; a check that fails has its reason. Does not raise."""
        scope = self.boards.scope(State(RANGE, filters))
        prepared = [_request(expression, scope) for expression in expressions]
        requests = list(dict.fromkeys(request for request in prepared if isinstance(request, Request)))
        outcomes = dict(zip(requests, self.boards.engine.run_many(requests, deadline.remaining), strict=True))
        return tuple(
            item if isinstance(item, CheckResult) else _result(outcomes[item], item.window) for item in prepared
        )

    def pictures(
        self, panels: Sequence[PanelBlock], filters: Filters, deadline: Deadline
    ) -> Mapping[PanelBlock, PanelPicture]:
        """The panels that exist. Raises InvalidInput for filters that cannot be written as PromQL."""
        boards, pictures = self.boards.catalog.current().by_id, {}
        for block in panels:
            board = boards.get(block.board)
            panel = next((panel for panel in board.panels if panel.id == block.panel), None) if board else None
            if board is None or panel is None:
                continue
            chosen = {name: values for name, values in filters.items() if name in board.filters}
            refreshed = self.boards.refresh(State(RANGE, chosen), [panel], deadline.remaining, board.id)
            pictures[block] = PanelPicture(panel.title, drawn(refreshed.panels[0]), _address(board, chosen))
        return pictures


def _request(expression: str, scope: Scope) -> Request | CheckResult:
    """The query of a check, or the reason why the deployment cannot have it."""
    absent = [name for name in metrics_of(expression) if not scope.resolution.provides(name)]
    if absent:
        return CheckResult(reason=f"This gateway exports no {areas(absent)} metrics.")
    window = instant_window(scope)
    try:
        expr = expand(expression, window, scope.state.filters, scope.profile)
    except QueryError as error:
        return CheckResult(reason=error.sentence, is_failed=True)
    return Request(scope.source, expr, window, scope.tenant)


def _result(outcome: Outcome, window: Window) -> CheckResult:
    if isinstance(outcome, Pending):
        return CheckResult(reason="The backend has not answered in time. Reload the page.", is_failed=True)
    if not isinstance(outcome, Answer):
        return CheckResult(reason=f"{outcome.sentence} {outcome.hint}".strip(), is_failed=True)
    newest = [(labels, values[-1]) for labels, values in zip(outcome.frame.labels, outcome.frame.values, strict=True)]
    readings = [Reading(_own(labels), float(value)) for labels, value in newest if not np.isnan(value)]
    reason = NO_DATA if not readings else ""
    if outcome.error is not None:
        reason = f"{outcome.error.sentence} These values are {outcome.age:.0f} s old."
    more = len(readings) - MOST_READINGS
    if more > 0:
        reason = f"{more} more are not listed. {reason}".strip()
    return CheckResult(tuple(readings[:MOST_READINGS]), window.end - outcome.age, reason, outcome.error is not None)


def _own(labels: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__" and value}


def _address(board: Dashboard, filters: Filters) -> str:
    pairs = [("from", RANGE.start), *((name, value) for name, values in filters.items() for value in values)]
    return f"/{quote(board.id)}?{urlencode(pairs)}"
