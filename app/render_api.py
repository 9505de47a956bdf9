"""Pictures over HTTP, for alert messages, mails, chats and wikis.

    GET /render/<board>/<panel>.svg|.png?from=&to=&width=&height=&scale=&theme=&tz=&<filters>&sig=
    GET /render/<board>.pdf?from=&to=&theme=&tz=&<filters>&sig=   a board on pages of A4
    GET /render/runbooks/<runbook>.svg|.png                       the first panel of a runbook, for alert messages

Errors are JSON as those of `app.api`. A panel without data is a picture that states the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from app.alert_pictures import panel_of_runbook
from app.json_responses import NotFound, handle_errors
from app.link_guard import LinkGuard
from app.panel_pictures import FORMS, PanelPictures
from app.picture_request import board_request, picture_request
from app.repeats import Repeats
from app.response_cache import CachedResponse, is_known
from app.signed_links import RUNBOOKS
from app.state import parse
from panels.spec import Dashboard

# A picture opened by itself runs nothing and loads nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class RenderApi:
    """The handlers; `zone` is that of pictures whose address names none."""

    pictures: PanelPictures
    zone: ZoneInfo
    repeats: Repeats
    guard: LinkGuard = LinkGuard()
    clock: Callable[[], float] = time.monotonic

    def panel(self, board_id: str, panel_id: str, form: str) -> Response:
        """One panel as a picture."""
        return self._picture(board_id, panel_id, form, board_id, panel_id)

    def board(self, board_id: str) -> Response:
        """A board as PDF."""
        known, parameters = self._board(board_id), request.args.to_dict(flat=False)
        self.guard.check(request, "render", known.id, "", parse(parameters, known))
        board = self.pictures.boards.offer().board(self.repeats.of_query(known, parameters))
        specification = board_request(parameters, board, self.zone)
        return self._response(self.pictures.pdf(board, specification), "application/pdf")

    def runbook(self, name: str, form: str) -> Response:
        """The panel of a runbook; labels that its board does not filter by are passed over."""
        block = panel_of_runbook(name)
        return self._picture(block.board, block.panel, form, RUNBOOKS, name)

    def _picture(self, board_id: str, panel_id: str, form: str, of_link: str, part_of_link: str) -> Response:
        """A panel for those who may see the board or collection `of_link`, or the part of it."""
        known, parameters = self._board(board_id), request.args.to_dict(flat=False)
        self.guard.check(request, "render", of_link, part_of_link, parse(parameters, known))
        board = self.repeats.with_panel(known, panel_id, parameters)
        panel = next((panel for panel in board.panels if panel.id == panel_id), None)
        if panel is None:
            raise NotFound(f"{board.title} has no panel “{panel_id[:60]}”.")
        specification = picture_request(parameters, board, panel, self.zone)
        return self._response(self.pictures.get(board, panel, form, specification), FORMS[form])

    def _board(self, board_id: str) -> Dashboard:
        known = self.pictures.boards.catalog.current().by_id
        if board_id not in known:
            raise NotFound(f"There is no board “{board_id[:60]}”.", f"Known are: {', '.join(known)}.")
        return known[board_id]

    def _response(self, body: CachedResponse, kind: str) -> Response:
        answer = Response(body.plain, mimetype=kind)
        left = max(0, round(body.expires - self.clock()))
        # What is for some only must not reach others by a shared cache, that of our own server included.
        who = "private" if self.guard.is_active else "public"
        answer.headers["Cache-Control"] = f"{who}, max-age={left}" if left else "no-cache"
        answer.headers["Content-Security-Policy"] = POLICY
        is_known(request, answer, body.etag, "")
        return answer


def blueprint(api: RenderApi) -> Blueprint:
    """The routes."""
    routes = Blueprint("render", __name__, url_prefix="/render")
    routes.get("/<board_id>.pdf", endpoint="board")(handle_errors(api.board))
    routes.get("/runbooks/<name>.<form>", endpoint="runbook")(handle_errors(api.runbook))
    routes.get("/<board_id>/<panel_id>.<form>", endpoint="panel")(handle_errors(api.panel))
    return routes
