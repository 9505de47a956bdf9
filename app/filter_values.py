"""The values that a filter offers: all that occur in the range, and of many the busiest first."""

from __future__ import annotations

from typing import Any, Final

from app.boards import BoardService
from app.default_filters import filtered_series
from app.plan import Scope, instant_request
from app.state import MAX_VALUE_LENGTH, MAX_VALUES, State, selectable
from pages.expressions import RANGE, selector
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.metrics.label_lookup import canonical_values, series_with_label
from queries.metrics.request import Answer
from telemetry.contract import Kind, family

# Where the values of a filter are looked up: a small series that carries the label.
FILTER_SOURCE: Final = {
    "endpoint": "codeagent_requests_total",
    "provider": "codeagent_llm_requests_total",
    "model": "codeagent_llm_requests_total",
    "instance": "up",
    "environment": "up",
    "job": "codeagent_requests_total",
    "team": "codeagent_llm_tokens_total",
    "key": "codeagent_llm_tokens_total",
    "user": "codeagent_llm_tokens_total",
}
BUSIEST: Final = 40  # values that are listed first; a list that is not longer needs no order


def filter_values(boards: BoardService, board: Dashboard, label: str, state: State) -> dict[str, Any]:
    """Values of a label, `busiest` among them, and the limits of a choice. Raises QueryError."""
    scope = boards.scope(state)
    deadline = Deadline.after(boards.deadline_seconds)
    usual = filtered_series(board, label) or FILTER_SOURCE.get(label, "up")
    series = series_with_label(scope.profile, label, usual)
    source = boards.engine.metadata[boards.source]
    values = canonical_values(source, scope.profile, label, series, scope.window, deadline)
    offered = selectable(values)
    return {
        "values": offered,
        "busiest": _busiest(boards, label, series, scope, deadline) if len(offered) > BUSIEST else [],
        "most": MAX_VALUES,
        "longest": MAX_VALUE_LENGTH,
        "left_out": sum(bool(value) for value in values) - len(offered),
    }


def _busiest(boards: BoardService, label: str, series: str, scope: Scope, deadline: Deadline) -> list[str]:
    """The values with the most events in the range; none where the series is no counter, or the answer is late."""
    metric = family(series)
    if metric is None or metric.kind is Kind.GAUGE:
        return []
    template = f"topk({BUSIEST}, sum by ({label}) (increase({selector(series)}[{RANGE}])))"
    (outcome,) = boards.engine.run_many([instant_request(template, scope)], deadline.remaining)
    if not isinstance(outcome, Answer):
        return []
    frame = outcome.frame
    ranked = sorted(zip(frame.last().tolist(), frame.labels, strict=True), key=lambda row: -row[0])
    return list(selectable([labels.get(label, "") for _, labels in ranked]))
