"""Boards and panels in frames of other sites: who may see them, what a frame says otherwise, and their data.

    GET /embed/<board>[/<panel>]?from=&to=&theme=&tz=&<filters>&sig=           the page
    GET /embed/<board>[/<panel>].json?from=&to=&w=&panels=&<filters>&sig=      its data, as the refresh address has them

Nothing else is requested than these and `/static/`, so that a proxy can let them through without sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Request, Response, request

from app.api import Api, panels_of
from app.board_page import BoardPage
from app.json_responses import NotFound, handle_errors
from app.link_guard import LinkGuard
from app.refusals import Refusals
from app.repeats import labels_repeated
from app.response_cache import respond
from app.state import parse
from panels.spec import Dashboard, Panel
from queries.core.errors import QueryError

PREFIX = "/embed/"
DATA = ".json"


@dataclass(frozen=True)
class Embeds:
    """The handlers; `page_of` gives the page of an address, None for addresses of others."""

    api: Api
    page_of: Callable[[Request], BoardPage | None]
    guard: LinkGuard
    refusals: Refusals

    def refusal(self, received: Request) -> Response | None:
        """What a frame says that may not be shown; None for those that may, and for other pages."""
        if not received.path.startswith(PREFIX) or received.path.endswith(DATA):
            return None
        board_id, _, panel_id = received.path.removeprefix(PREFIX).partition("/")
        try:
            self._check(received, self._known(board_id), panel_id)
            if self.page_of(received) is None:
                raise _missing()
        except QueryError as error:
            return self.refusals.page(received, error)
        return None

    def board_data(self, board_id: str) -> Response:
        """The data of an embedded board, or of some of its panels."""
        known = self._known(board_id)
        self._check(request, known, "")
        whole = self.api.repeats.of_query(known, _parameters(request))
        board = self.api.boards.offer().board(whole)
        chosen = request.args.get("panels", "")
        return self._data(board, panels_of(whole, chosen) if chosen else board.panels)

    def panel_data(self, board_id: str, panel_id: str) -> Response:
        """The data of an embedded panel."""
        known = self._known(board_id)
        self._check(request, known, panel_id)
        board = self.api.repeats.with_panel(known, panel_id, _parameters(request))
        return self._data(board, panels_of(board, panel_id))

    def _check(self, received: Request, board: Dashboard, panel_id: str) -> None:
        """Before the backend is asked for values of repeated panels. Raises NotFound, Forbidden and InvalidInput."""
        if panel_id and not labels_repeated(board) and all(panel.id != panel_id for panel in board.panels):
            raise _missing()
        if self.guard.is_active:
            self.guard.check(received, "embed", board.id, panel_id, parse(_parameters(received), board))

    def _data(self, board: Dashboard, panels: Sequence[Panel]) -> Response:
        state = parse(_parameters(request), board)
        answer = respond(request, self.api.body(board, state, panels, "none"), time.monotonic())
        if self.guard.is_active:  # a shared cache would give it to others, and after the end of a link
            answer.headers["Cache-Control"] = "private, no-cache"
        return answer

    def _known(self, board_id: str) -> Dashboard:
        known = self.api.boards.catalog.current().by_id
        if board_id not in known:
            raise _missing()
        return known[board_id]


def _missing() -> NotFound:
    return NotFound("There is no such board or panel.", "It may have another name now. Ask for a new link.")


def _parameters(received: Request) -> dict[str, list[str]]:
    return received.args.to_dict(flat=False)


def serve(server: Flask, embeds: Embeds) -> None:
    """Check frames before their pages are answered, and answer for their data."""
    routes = Blueprint("embeds", __name__, url_prefix=PREFIX.rstrip("/"))
    routes.get(f"/<board_id>{DATA}", endpoint="board")(handle_errors(embeds.board_data))
    routes.get(f"/<board_id>/<panel_id>{DATA}", endpoint="panel")(handle_errors(embeds.panel_data))
    server.register_blueprint(routes)

    @server.before_request
    def frame() -> Response | None:
        return embeds.refusal(request)
