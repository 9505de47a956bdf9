"""The HTTP addresses for data: the refresh address, one panel as JSON or CSV, filter values, the inspector.

    GET /api/boards                                       the boards and their panels
    GET /api/boards/<board>/refresh?from=&to=&w=…         every panel, or those of &panels=a,b (with &status=board
                                                          the status line still covers all of them, with
                                                          &status=none there is none)
    GET /api/boards/<board>/panels/<panel>.json|.csv      one panel's numbers
    GET /api/boards/<board>/panels/<panel>/inspect        its queries and where their answers came from
    GET /api/boards/<board>/filters/<label>               values of a filter in the range

Errors are JSON: {"error": {"sentence", "hint", "field"}} with 400, 404 or 503.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from flask import Blueprint, Response, request

from app import panel_export
from app.alerts import AlertReader
from app.boards import BoardService
from app.encode import board_json, max_age
from app.filter_values import filter_values
from app.health_summary import summarize_health
from app.json_responses import NotFound, handle_errors, json_response
from app.outages import outages
from app.panel_view import PanelView
from app.repeats import Repeats, labels_repeated
from app.response_cache import CachedResponse, ResponseCache, encode, respond
from app.state import State, canonical, parse
from pages import Boards
from panels.spec import Dashboard, Panel

Status = Literal["board", "panels", "none"]
STATUSES: Final[Mapping[str, Status]] = {"board": "board", "none": "none"}


@dataclass(frozen=True)
class Api:
    """The views; each takes the parts of its URL and reads the rest from the query string."""

    boards: BoardService
    alerts: AlertReader
    bodies: ResponseCache
    repeats: Repeats

    def board_list(self) -> Response:
        """The boards, their filters and panels."""
        return json_response([_board_summary(board) for board in self._all.by_id.values()])

    def refresh(self, board_id: str) -> Response:
        """The panels of a board that can have data, or those that `panels` names."""
        whole_board = self._expanded(board_id)
        state = _state(whole_board)
        board = self.boards.offer().board(whole_board)
        chosen = request.args.get("panels", "")
        panels = panels_of(whole_board, chosen) if chosen else board.panels
        status = STATUSES.get(request.args.get("status", ""), "panels")
        return respond(request, self.body(board, state, panels, status), time.monotonic())

    def body(self, board: Dashboard, state: State, panels: Sequence[Panel], status: Status) -> CachedResponse:
        """Panels as the browser draws them; `status` is what the status line covers."""
        names = "" if tuple(panels) == board.panels else ",".join(panel.id for panel in panels)
        key = f"{self._all.version}:{board.id}?{canonical(state.of(panels))}&panels={names}&status={status}"
        return self.bodies.get(key, lambda: _body(self, board, state, panels, status))

    def panel_data(self, board_id: str, panel_id: str, form: str) -> Response:
        """One panel's numbers as JSON or CSV."""
        board = self._expanded(board_id)
        view = self._panel_view(board, panel_id)
        if form == "csv":
            headers = {"Content-Disposition": f'attachment; filename="{board.id}-{view.panel.id}.csv"'}
            return Response(panel_export.csv_text(view), mimetype="text/csv", headers=headers)
        if form == "json":
            return json_response(panel_export.panel_json(view))
        raise NotFound(f"“.{form}” is not a valid format of a panel.", "Use .json or .csv.")

    def inspect(self, board_id: str, panel_id: str) -> Response:
        """The queries of one panel, and where their answers came from."""
        view = self._panel_view(self._expanded(board_id), panel_id)
        return json_response({"queries": panel_export.query_details(view, self.boards)})

    def filter_values(self, board_id: str, label: str) -> Response:
        """The values of a filter within the range."""
        board = self._board(board_id)
        if label not in board.filters:
            raise NotFound(f"{board.title} has no filter “{label}”.")
        state = _state(board)
        key = f"filter:{self._all.version}:{board.id}:{label}?{canonical(state)}"
        body = self.bodies.get(key, lambda: _filter_body(self, board, label, state))
        return respond(request, body, time.monotonic())

    @property
    def _all(self) -> Boards:
        return self.boards.catalog.current()

    def _board(self, board_id: str) -> Dashboard:
        known = self._all.by_id
        if board_id not in known:
            raise NotFound(f"There is no board “{board_id[:60]}”.", f"Known are: {', '.join(known)}.")
        return known[board_id]

    def _expanded(self, board_id: str) -> Dashboard:
        """The board with its repeated panels for the filters of the request. Raises InvalidInput."""
        board = self._board(board_id)
        return self.repeats.expanded(board, _state(board))

    def _panel_view(self, board: Dashboard, panel_id: str) -> PanelView:
        panel = next(iter(panels_of(board, panel_id)), None)
        if panel is None:
            raise NotFound(f"{board.title} has no panel “{panel_id[:60]}” any more.")
        return self.boards.refresh(_state(board), [panel], board_id=board.id).panels[0]


def blueprint(api: Api) -> Blueprint:
    """All data addresses, to be registered on the server."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    views: Mapping[str, Callable[..., Response]] = {
        "/boards": api.board_list,
        "/boards/<board_id>/refresh": api.refresh,
        "/boards/<board_id>/panels/<panel_id>.<form>": api.panel_data,
        "/boards/<board_id>/panels/<panel_id>/inspect": api.inspect,
        "/boards/<board_id>/filters/<label>": api.filter_values,
    }
    for rule, view in views.items():
        routes.add_url_rule(rule, view.__name__, handle_errors(view))
    return routes


def _body(api: Api, board: Dashboard, state: State, panels: Sequence[Panel], status: Status) -> CachedResponse:
    # By their ids: a panel that fills the room of hidden ones is the same panel.
    requested = {panel.id for panel in panels}
    others = [panel for panel in board.panels if panel.id not in requested] if status == "board" else []
    refreshed = api.boards.refresh(state, panels, board_id=board.id, others=others)
    views, alerts = (*refreshed.panels, *refreshed.others), api.alerts.state()
    sentence = None
    if status != "none":
        sentence = summarize_health(alerts, views, state.range.is_past, api.boards.clock_doubt())
    away = outages(api.boards.health(), views, alerts, refreshed.now)
    seconds = max_age(refreshed) if alerts.is_current else min(2.0, max_age(refreshed))
    return encode(board_json(board.id, refreshed, sentence, away), seconds)


def _filter_body(api: Api, board: Dashboard, label: str, state: State) -> CachedResponse:
    return encode(orjson.dumps(filter_values(api.boards, board, label, state)), 30)


def _state(board: Dashboard) -> State:
    return parse(request.args.to_dict(flat=False), board)


def panels_of(board: Dashboard, names: str) -> Sequence[Panel]:
    """The named panels in the board's order; all of them for no name. Raises NotFound.

    On a board with repeated panels, those whose values have disappeared are passed over.
    """
    requested = {name for name in names.split(",") if name}
    unknown = requested - {panel.id for panel in board.panels}
    if unknown and not labels_repeated(board):
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
