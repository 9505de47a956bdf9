"""Export of a panel's data: JSON, CSV, and the details of each query for the inspector."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from app.boards import BoardService
from app.panel_view import PanelView
from panels import states, units
from panels.csv_cells import harmless
from panels.measures import Measure, measures
from panels.spec import Query, Timeline
from panels.states import StateRow
from queries.metrics import inspect
from queries.metrics.frame import series_name
from queries.metrics.request import Answer, Outcome, Pending


def panel_json(view: PanelView) -> dict[str, Any]:
    """JSON: one entry per displayed frame with its unit, times (epoch seconds) and values; null where absent.

    A timeline has the words of its rows besides, and units that the browser does not know bring how they are written.
    For a panel with a computation (tokens to dollars), these are the frames of its result, not of its queries.
    """
    results = _results(view)
    answer: dict[str, Any] = {
        "panel": view.panel.id,
        "title": view.panel.title,
        "unit": view.panel.unit,
        "state": view.state,
        "sentence": view.sentence,
        "notes": view.drawing.notes,
        "queries": [*results, *_missing(view)],
    }
    if rules := units.rare_rules(result["unit"] for result in results):
        answer["units"] = rules
    if rows := _state_rows(view):
        answer["states"] = rows
    return answer


def _state_rows(view: PanelView) -> list[dict[str, Any]]:
    """The words of a timeline; empty for other panels, and for states that have none."""
    if not isinstance(view.panel.view, Timeline):
        return []
    rows = states.rows(view.panel, view.panel.view, view.frames)
    has_words = any(state.word for row in rows for state in row.states if state)
    return [_state_row(row) for row in rows] if has_words else []


def _state_row(row: StateRow) -> dict[str, Any]:
    words = [state.word if state else None for state in row.states]
    return {"name": row.name, "labels": dict(row.labels), "times": row.times, "words": words}


def csv_text(view: PanelView) -> str:
    """CSV: time (ISO 8601, UTC), number of the frame, series, value, title, unit. Absent samples are omitted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["time", "query", "series", "value", "title", "unit"])
    for number, measure in enumerate(measures(view.panel, view.frames), start=1):
        _write(writer, number, measure)
    return out.getvalue()


def query_details(view: PanelView, boards: BoardService) -> list[dict[str, Any]]:
    """Details of each query: expression, origin of the result, and the query as curl and Python to copy."""
    source = boards.engine.sources[boards.source]
    url = getattr(source, "url", "")
    return [_query_detail(outcome, url) for _, outcome in _query_outcomes(view)]


def _query_outcomes(view: PanelView) -> list[tuple[Query, Outcome]]:
    return list(zip(view.panel.queries, view.outcomes, strict=True))


def _results(view: PanelView) -> list[dict[str, Any]]:
    """Each frame with its expression; for frames computed from several queries, the last expression."""
    exprs = [outcome.request.expr for outcome in view.outcomes if isinstance(outcome, Answer)]
    return [
        _result(measure, exprs[min(number, len(exprs) - 1)] if exprs else "", _legend(view, number))
        for number, measure in enumerate(measures(view.panel, view.frames))
    ]


def _legend(view: PanelView, number: int) -> str:
    """The template of names of a frame's series; empty where it is computed or has none."""
    queries = view.panel.queries if view.panel.derive is None else ()
    return queries[number].legend if number < len(queries) else ""


def _result(measure: Measure, expr: str, legend: str) -> dict[str, Any]:
    series = zip(measure.frame.labels, measure.frame.values, strict=True)
    return {
        "expr": expr,
        "title": measure.title,
        "legend": legend,
        "unit": measure.unit,
        "times": measure.frame.times,
        "series": [{"labels": dict(labels), "values": row} for labels, row in series],
    }


def _missing(view: PanelView) -> list[dict[str, Any]]:
    """The queries without a result, and why."""
    missing = []
    for query, outcome in _query_outcomes(view):
        if isinstance(outcome, Pending):
            missing.append({"expr": outcome.request.expr, "pending": True})
        elif not isinstance(outcome, Answer):
            missing.append({"expr": query.expr, "error": str(outcome)})
    return missing


def _write(writer: Any, number: int, measure: Measure) -> None:
    frame = measure.frame
    times = [datetime.fromtimestamp(int(moment), UTC).isoformat() for moment in frame.times]
    for labels, values in zip(frame.labels, frame.values, strict=True):
        name = harmless(series_name(labels))
        present = ((moment, value) for moment, value in zip(times, values, strict=True) if value == value)
        writer.writerows((moment, number, name, value, measure.title, measure.unit) for moment, value in present)


def _query_detail(outcome: Outcome, url: str) -> dict[str, Any]:
    if isinstance(outcome, Pending):
        return {"expr": outcome.request.expr, "facts": {"state": "pending"}, "notes": [], "copies": {}}
    if not isinstance(outcome, Answer):
        return {"expr": "", "facts": {"state": "failed"}, "notes": [str(outcome)], "copies": {}}
    request = outcome.request
    window = request.window
    facts = {
        "origin": outcome.origin.value,
        "age": f"{outcome.age:.0f} s",
        "took": f"{outcome.milliseconds:.1f} ms",
        "series": len(outcome.frame.labels),
        "points": outcome.frame.samples,
        "fetched samples": outcome.samples_fetched,
        "reused samples": outcome.samples_reused,
        "step": f"{window.step} s",
        "rate interval": f"{window.rate_interval} s",
        "from": _iso(window.start),
        "to": _iso(window.end),
    }
    copies = {"PromQL": request.expr, "curl": inspect.as_curl(request, url), "Python": inspect.as_python(request, url)}
    return {"expr": request.expr, "facts": facts, "notes": list(outcome.frame.notes), "copies": copies}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
