"""A panel's numbers for people and scripts: rows, CSV, and the story of each query for the inspector."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from app.boards import Boards, Shown
from panels.spec import Query
from queries import inspect
from queries.frame import Frame, series_name
from queries.request import Answer, Outcome, Pending


def rows(shown: Shown) -> dict[str, Any]:
    """JSON: one entry a query with times (epoch seconds) and one list of values a series; null where absent."""
    return {
        "panel": shown.panel.id,
        "title": shown.panel.title,
        "unit": shown.panel.unit,
        "state": shown.state,
        "sentence": shown.sentence,
        "queries": [_query(query, outcome) for query, outcome in _pairs(shown)],
    }


def csv_text(shown: Shown) -> str:
    """CSV: time (ISO 8601, UTC), query number, series, value; one line a sample, absent samples left out."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["time", "query", "series", "value"])
    for number, outcome in enumerate(shown.outcomes, start=1):
        if isinstance(outcome, Answer):
            _write(writer, number, outcome.frame)
    return out.getvalue()


def stories(shown: Shown, boards: Boards) -> list[dict[str, Any]]:
    """What the inspector tells of each query: its text, where the answer came from, and copies to take along."""
    source = boards.engine.sources[boards.source]
    url = getattr(source, "url", "")
    return [_story(outcome, url) for _, outcome in _pairs(shown)]


def _pairs(shown: Shown) -> list[tuple[Query, Outcome]]:
    return list(zip(shown.panel.queries, shown.outcomes, strict=True))


def _query(query: Query, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Pending):
        return {"expr": outcome.request.expr, "pending": True}
    if not isinstance(outcome, Answer):
        return {"expr": query.expr, "error": str(outcome)}
    frame = outcome.frame
    series = zip(frame.labels, frame.values, strict=True)
    return {
        "expr": outcome.request.expr,
        "times": frame.times,
        "series": [{"labels": dict(labels), "values": row} for labels, row in series],
    }


def _write(writer: Any, number: int, frame: Frame) -> None:
    times = [datetime.fromtimestamp(int(moment), UTC).isoformat() for moment in frame.times]
    for labels, values in zip(frame.labels, frame.values, strict=True):
        name = _harmless(series_name(labels))
        present = ((moment, value) for moment, value in zip(times, values, strict=True) if value == value)
        writer.writerows((moment, number, name, value) for moment, value in present)


def _harmless(text: str) -> str:
    """Spreadsheets run cells that begin like a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _story(outcome: Outcome, url: str) -> dict[str, Any]:
    if isinstance(outcome, Pending):
        return {"expr": outcome.request.expr, "facts": {"state": "still on its way"}, "notes": [], "copies": {}}
    if not isinstance(outcome, Answer):
        return {"expr": "", "facts": {"state": "failed"}, "notes": [str(outcome)], "copies": {}}
    request = outcome.request
    window = request.window
    facts = {
        "origin": outcome.origin.value, "age": f"{outcome.age:.0f} s", "took": f"{outcome.milliseconds:.1f} ms",
        "series": len(outcome.frame.labels), "points": outcome.frame.samples,
        "fetched samples": outcome.samples_fetched, "reused samples": outcome.samples_reused,
        "step": f"{window.step} s", "rate interval": f"{window.rate_interval} s",
        "from": _iso(window.start), "to": _iso(window.end),
    }  # fmt: skip
    copies = {"PromQL": request.expr, "curl": inspect.as_curl(request, url), "Python": inspect.as_python(request, url)}
    return {"expr": request.expr, "facts": facts, "notes": list(outcome.frame.notes), "copies": copies}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
