"""The walls of playlists over HTTP, for whoever is signed in and for displays with a token.

    GET  /kiosk/<playlist>?at=&…&sig=                            the page; other parameters than its own lead to those
    HEAD /kiosk/<playlist>?sig=                                  whether the wall may be shown
    GET  /kiosk/<playlist>/<board>.json?from=&…&panels=&sig=     the data of a slide, as the refresh address has them

A display requests nothing else than these and `/static/`, so that a proxy can let them through without sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, redirect, request

from app.api import STATUSES, Api, panels_of
from app.board_documents import BoardDocuments
from app.board_page import BoardPage
from app.json_responses import Forbidden, NotFound, handle_errors
from app.link_guard import LinkGuard
from app.refusals import Refusals
from app.response_cache import respond
from app.signed_links import PARAMETER
from app.state import State, parse
from app.walls import PREFIX, Playlist, Playlists, Slide, position_of
from panels.spec import Dashboard
from queries.core.errors import QueryError

WIDTH = "m"  # of every wall, as assets/src/board-request.js asks
RETRY_SECONDS = 30  # a display has nobody who reloads it


@dataclass(frozen=True)
class WallPages:
    """The handlers; `page_of` gives the page of a slide."""

    playlists: Playlists
    api: Api
    page_of: Callable[[Sequence[Slide], dict[str, list[str]], str], BoardPage | None]
    guard: LinkGuard
    documents: BoardDocuments
    refusals: Refusals

    def page(self, name: str) -> Response:
        """The wall at the slide that `at` names, or why it is not shown."""
        try:
            playlist = self._allowed(name)
        except QueryError as error:
            return self.refusals.page(request, error, RETRY_SECONDS)
        signature = [(PARAMETER, value) for value in request.args.getlist(PARAMETER)[:1]]
        address = playlist.address(name, position_of(request.args.get("at", "")), signature)
        if sorted(parse_qsl(urlsplit(address).query)) != sorted(request.args.items(multi=True)):
            return redirect(address)  # type: ignore[return-value]
        if request.method == "HEAD":
            return Response(mimetype="text/html")
        page = self.page_of(playlist.slides, request.args.to_dict(flat=False), f"{PREFIX}{name}")
        return self.documents.document(page, request) if page else self.documents.no_board()

    def data(self, name: str, board_id: str) -> Response:
        """The data of a slide, or of some of its panels. A display cannot ask for other ranges or filters."""
        playlist = self._allowed(name)
        known = self.api.boards.catalog.current().by_id.get(board_id)
        if known is None:
            raise NotFound(f"There is no board “{board_id[:60]}”.", "It may have been renamed.")
        state = parse(request.args.to_dict(flat=False), known)
        if state not in _states(playlist, known):
            raise Forbidden(f"The playlist “{name}” does not show this.", "It may have changed. Reload the display.")
        whole = self.api.repeats.expanded(known, state)
        board = self.api.boards.offer().board(whole)
        chosen = request.args.get("panels", "")
        panels = panels_of(whole, chosen) if chosen else board.panels
        status = STATUSES.get(request.args.get("status", ""), "board")
        answer = respond(request, self.api.body(board, state, panels, status), time.monotonic())
        if self.guard.is_active:  # a shared cache would give it to others, and after the end of a token
            answer.headers["Cache-Control"] = "private, no-cache"
        return answer

    def _allowed(self, name: str) -> Playlist:
        """The playlist, if whoever asks may see it. Raises Forbidden, LinkRevoked, NotFound and SourceUnavailable."""
        self.guard.check(request, "wall", f"kiosk/{name}", "", State())
        if name not in self.playlists:
            known = f"Known are: {', '.join(self.playlists)}." if self.playlists else "Set CODEAGENT_WALLS_FILE."
            raise NotFound(f"There is no playlist “{name[:60]}”.", known)
        return self.playlists[name]


def _states(playlist: Playlist, board: Dashboard) -> list[State]:
    """What the slides of a playlist show of a board."""
    start = [playlist.range] if playlist.range else []
    slides = [slide for slide in playlist.slides if slide.board == board.id]
    return [parse({**slide.filters, "from": start, "w": [WIDTH]}, board) for slide in slides]


def blueprint(pages: WallPages) -> Blueprint:
    """The routes."""
    routes = Blueprint("walls", __name__, url_prefix=PREFIX.rstrip("/"))
    routes.get("/<name>", endpoint="page")(pages.page)
    routes.get("/<name>/<board_id>.json", endpoint="data")(handle_errors(pages.data))
    return routes
