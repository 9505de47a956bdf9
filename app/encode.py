"""Boards as JSON: what the refresh address answers.

Nothing personal enters: theme, zone and language are the browser's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from app.health_summary import StatusLine
from app.outages import Outage
from app.panel_view import BoardView, PanelState, PanelView
from panels import units
from panels.spec import Panel
from panels.visible import visible_name
from queries.core.errors import SourceUnavailable

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def board_json(board_id: str, board: BoardView, sentence: StatusLine | None, outages: Sequence[Outage] = ()) -> bytes:
    """The body of one refresh."""
    window = board.window
    parts: dict[str, Any] = {
        "board": board_id,
        "window": {
            "start": window.start,
            "end": window.end,
            "step": window.step,
            "scrape": window.scrape_interval,
            "now": round(board.now),
        },
        "sentence": sentence,
        "outages": outages,
        # Panels that were not requested and that the status line still waits for.
        "awaited": sum(view.state is PanelState.PENDING for view in board.others),
        "panels": [_panel(view) for view in board.panels],
    }
    if rules := units.rare_rules(view.panel.unit for view in board.panels):
        parts["units"] = rules
    return orjson.dumps(parts, option=OPTIONS)


def max_age(board: BoardView) -> float:
    """Seconds until the next step begins; at most two while something failed, is missing, or is being renewed."""
    states = {view.state for view in board.panels}
    if PanelState.PENDING in states | {view.state for view in board.others}:
        return 0.5
    left = board.window.step - board.now % board.window.step
    if states & {PanelState.FAILED, PanelState.STALE, PanelState.PARTIAL} or not all(
        view.is_final for view in board.panels
    ):
        return min(2.0, left)
    return min(left, 60.0)


def _panel(view: PanelView) -> dict[str, Any]:
    drawing = view.drawing
    figure = orjson.Fragment(orjson.dumps(drawing.figure, option=OPTIONS)) if drawing.figure is not None else None
    fields = {
        "id": view.panel.id,
        "state": view.state,
        "status": drawing.status,
        "sentence": visible_name(view.sentence),
        "hint": visible_name(view.hint),
        "age": round(view.age / 5) * 5,
        "alt": visible_name(drawing.alt),
        "notes": [visible_name(note) for note in drawing.notes],
        "figure": figure,
        "html": drawing.html,
        "legend": drawing.legend,
        "drill": _drill(view.panel),
        "outage": _away(view),
    }
    # Panels whose revision the browser already shows are not drawn again.
    fields["rev"] = hashlib.blake2b(orjson.dumps(fields, option=OPTIONS), digest_size=8).hexdigest()
    return fields | {"renewing": view.is_renewing}


def _away(view: PanelView) -> str:
    """The backend whose outage left the panel without data; empty for other reasons."""
    if view.state is not PanelState.FAILED:
        return ""
    return next((outcome.source for outcome in view.outcomes if isinstance(outcome, SourceUnavailable)), "")


def _drill(panel: Panel) -> dict[str, str] | None:
    if panel.drill is None:
        return None
    return {"page": panel.drill.page, "label": panel.drill.label, "parameter": panel.drill.parameter}
