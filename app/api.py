"""The HTTP addresses for data: the refresh address, one panel as JSON or CSV, filter values, the inspector.

    GET /api/boards                                       the boards and their panels
    GET /api/boards/<board>/refresh?from=&to=&w=…         every panel, or those of &panels=a,b (with &status=board
                                                          the status line still speaks of all of them)
    GET /api/boards/<board>/panels/<panel>.json|.csv      one panel's numbers
    GET /api/boards/<board>/panels/<panel>/inspect        its queries and where their answers came from
    GET /api/boards/<board>/filters/<label>               values of a filter in the range

Errors are JSON: {"error": {"sentence", "hint", "field"}} with 400, 404 or 503.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, request

from app import panel_export
from app.alerts import AlertReader
from app.boards import BoardService
from app.encode import board_json, max_age
from app.health_summary import summarize_health
from app.json_responses import NotFound, handle_errors, json_response
from app.outages import outages
from app.response_cache import CachedResponse, ResponseCache, encode, respond
from app.state import MAX_VALUE_LENGTH, MAX_VALUES, State, canonical, parse, selectable
from pages import BOARDS
from panels.spec import Dashboard, Panel
from queries.core.deadline import Deadline

# Where the values of a filter are looked up: a small series that carries the label.
FILTER_SOURCE = {
    "endpoint": "codeagent_requests_total", "provider": "codeagent_llm_requests_total",
    "model": "codeagent_llm_requests_total", "instance": "up", "environment": "up",
}  # fmt: skip


@dataclass(frozen=True)
class Api:
    """What the addresses need."""

    boards: BoardService
    alerts: AlertReader
    bodies: ResponseCache


def blueprint(api: Api) -> Blueprint:
    """All data addresses, to be registered on the server."""
    routes = Blueprint("api", __name__, url_prefix="/api")

    @routes.get("/boards")
    @handle_errors
    def boards() -> Response:
        return json_response([_board_summary(board) for board in BOARDS.values()])

    @routes.get("/boards/<board_id>/refresh")
    @handle_errors
    def refresh(board_id: str) -> Response:
        board = _board(board_id)
        state = _state(board)
        panels = _panels(board, request.args.get("panels", ""))
        names = "" if len(panels) == len(board.panels) else ",".join(panel.id for panel in panels)
        key = f"{board.id}?{canonical(state)}&panels={names}"
        whole = request.args.get("status") == "board"
        body = api.bodies.get(f"{key}&status={whole}", lambda: _body(api, board, state, panels, whole))
        return respond(request, body, time.monotonic())

    @routes.get("/boards/<board_id>/panels/<panel_id>.<form>")
    @handle_errors
    def panel_data(board_id: str, panel_id: str, form: str) -> Response:
        board = _board(board_id)
        panel = _panels(board, panel_id)[0]
        view = api.boards.refresh(_state(board), [panel], board_id=board.id).panels[0]
        if form == "csv":
            name = f"{board.id}-{panel.id}.csv"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(panel_export.csv_text(view), mimetype="text/csv", headers=headers)
        if form == "json":
            return json_response(panel_export.panel_json(view))
        raise NotFound(f"“.{form}” is not a valid format of a panel.", "Use .json or .csv.")

    @routes.get("/boards/<board_id>/panels/<panel_id>/inspect")
    @handle_errors
    def inspect(board_id: str, panel_id: str) -> Response:
        board = _board(board_id)
        view = api.boards.refresh(_state(board), _panels(board, panel_id), board_id=board.id).panels[0]
        return json_response({"queries": panel_export.query_details(view, api.boards)})

    @routes.get("/boards/<board_id>/filters/<label>")
    @handle_errors
    def filter_values(board_id: str, label: str) -> Response:
        board = _board(board_id)
        if label not in board.filters:
            raise NotFound(f"{board.title} has no filter “{label}”.")
        state = _state(board)
        key = f"filter:{label}?{canonical(state)}"
        body = api.bodies.get(key, lambda: _filter_body(api, label, state))
        return respond(request, body, time.monotonic())

    return routes


def _body(api: Api, board: Dashboard, state: State, panels: Sequence[Panel], whole: bool) -> CachedResponse:
    """The panels; the status line is that of all the board where `whole`, else of these panels."""
    others = [panel for panel in board.panels if panel not in panels] if whole else []
    refreshed = api.boards.refresh(state, panels, board_id=board.id, others=others)
    views, alerts = (*refreshed.panels, *refreshed.others), api.alerts.state()
    sentence = summarize_health(alerts, views, state.range.is_past, api.boards.clock_doubt())
    away = outages(api.boards.health(), views, alerts, refreshed.now)
    seconds = max_age(refreshed) if alerts.is_current else min(2.0, max_age(refreshed))
    return encode(board_json(board.id, refreshed, sentence, away), seconds)


def _filter_body(api: Api, label: str, state: State) -> CachedResponse:
    scope = api.boards.scope(state)
    source = api.boards.engine.metadata[api.boards.source]
    metric = api.boards.profile.metric(FILTER_SOURCE[label])
    values = source.label_values(label, metric, scope.window, Deadline.after(api.boards.deadline_seconds))
    offered = selectable(values)
    left_out = sum(bool(value) for value in values) - len(offered)
    limits = {"most": MAX_VALUES, "longest": MAX_VALUE_LENGTH, "left_out": left_out}
    return encode(orjson.dumps({"values": offered, **limits}), 30)


def _board(board_id: str) -> Dashboard:
    if board_id not in BOARDS:
        raise NotFound(f"There is no board “{board_id[:60]}”.", f"Known are: {', '.join(BOARDS)}.")
    return BOARDS[board_id]


def _state(board: Dashboard) -> State:
    return parse(request.args.to_dict(flat=False), board)


def _panels(board: Dashboard, names: str) -> Sequence[Panel]:
    """The named panels in the board's order; all of them for no name."""
    requested = {name for name in names.split(",") if name}
    unknown = requested - {panel.id for panel in board.panels}
    if unknown:
        raise NotFound(f"{board.title} has no panel “{sorted(unknown)[0][:60]}”.")
    return [panel for panel in board.panels if not requested or panel.id in requested]


def _board_summary(board: Dashboard) -> dict[str, Any]:
    return {
        "id": board.id,
        "title": board.title,
        "path": board.path,
        "filters": board.filters,
        "panels": [{"id": panel.id, "title": panel.title, "unit": panel.unit} for panel in board.panels],
    }
