"""Boards as JSON: what the refresh address answers.

Nothing personal enters: theme, zone and language are the browser's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from app.boards import BoardView, PanelState, PanelView
from app.health_summary import StatusLine
from app.outages import Outage
from panels.spec import Panel
from panels.visible import visible_name
from queries.core.errors import SourceUnavailable

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def board_json(board_id: str, board: BoardView, sentence: StatusLine | None, outages: Sequence[Outage] = ()) -> bytes:
    """The body of one refresh."""
    window = board.window
    parts = {
        "board": board_id,
        "window": {"start": window.start, "end": window.end, "step": window.step, "scrape": window.scrape_interval,
                   "now": round(board.now)},
        "sentence": sentence,
        "outages": outages,
        # Panels that were not asked for and that the status line still waits for.
        "awaited": sum(shown.state is PanelState.PENDING for shown in board.others),
        "panels": [_panel(shown) for shown in board.panels],
    }  # fmt: skip
    return orjson.dumps(parts, option=OPTIONS)


def max_age(board: BoardView) -> float:
    """Seconds until the next step begins; at most two while something failed, is missing, or is being renewed."""
    states = {shown.state for shown in board.panels}
    if PanelState.PENDING in states | {shown.state for shown in board.others}:
        return 0.5
    left = board.window.step - board.now % board.window.step
    if states & {PanelState.FAILED, PanelState.STALE, PanelState.PARTIAL} or not all(
        shown.is_final for shown in board.panels
    ):
        return min(2.0, left)
    return min(left, 60.0)


def _panel(shown: PanelView) -> dict[str, Any]:
    drawing = shown.drawing
    figure = orjson.Fragment(orjson.dumps(drawing.figure, option=OPTIONS)) if drawing.figure is not None else None
    fields = {
        "id": shown.panel.id,
        "state": shown.state,
        "status": drawing.status,
        "sentence": visible_name(shown.sentence),
        "hint": visible_name(shown.hint),
        "age": round(shown.age / 5) * 5,
        "alt": visible_name(drawing.alt),
        "notes": [visible_name(note) for note in drawing.notes],
        "figure": figure,
        "html": drawing.html,
        "legend": drawing.legend,
        "drill": _drill(shown.panel),
        "outage": _away(shown),
    }
    # Panels whose revision the browser already shows are not drawn again.
    fields["rev"] = hashlib.blake2b(orjson.dumps(fields, option=OPTIONS), digest_size=8).hexdigest()
    return fields | {"renewing": shown.is_renewing}


def _away(shown: PanelView) -> str:
    """The backend whose outage left the panel without data; empty for other reasons."""
    if shown.state is not PanelState.FAILED:
        return ""
    return next((each.source for each in shown.outcomes if isinstance(each, SourceUnavailable)), "")


def _drill(panel: Panel) -> dict[str, str] | None:
    if panel.drill is None:
        return None
    return {"page": panel.drill.page, "label": panel.drill.label, "parameter": panel.drill.parameter}
