"""The documents of boards, walls and embedded panels over HTTP: whole pages with data, without Dash.

The first answer of the refresh address is requested by the browser while the document is still on its way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from flask import Request, Response

from app import shell
from app.assets import Assets
from app.board_page import BoardPage
from app.first_panels import first_on_phone
from app.html_head import DESCRIPTION, app_links, head, part_addresses, script_tag, share_addresses, style_link
from app.link_previews import LinkPreviews
from app.prerender import Prerender, render_html
from app.signed_links import PARAMETER
from app.state import row_parameters
from pages import Boards

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
{head}{search}{more}<meta name="plotly" content="{plotly}">
{share}</head>
<body>
<div id="page">{body}</div>
{boards}<script src="{script}"></script>
{scripts}</body>
</html>"""
# A page without controls. A wall lists its own boards only: a display may see nothing else. A frame of another site has
# no list of boards, and neither Dash nor plotly.js; a preload would be for the wrong width, since browsers choose it
# before they know the size of the frame.
BARE = """<!DOCTYPE html>
<html lang="en">
<head>
{head}</head>
<body>
<div id="page">{body}</div>
{boards}<script src="{script}"></script>
</body>
</html>"""
BOARDS = '<script type="application/json" id="boards">{boards}</script>\n'
PRELOAD = '<link rel="preload" href="{address}" as="fetch" crossorigin="anonymous" media="{media}">\n'
# The classes of screen width of assets/src/board-request.js; wider screens ask by themselves.
MEDIA = {"s": "(max-width: 599.9px)", "m": "(min-width: 600px) and (max-width: 1999.9px)"}
# Boards of more panels ask for those in view first, as in assets/src/board-request.js.
MANY_PANELS = 40
FIRST_OF_MANY = 16
UNRESERVED = "/:!~*'()"  # what the browser's encoding of the address leaves as it is


@dataclass(frozen=True)
class BoardDocuments:
    """Answers requests for boards; `page_of` gives the page of an address, None for addresses of others."""

    page_of: Callable[[Request], BoardPage | None]
    prerender: Prerender
    assets: Assets
    boards: Callable[[], Boards]
    previews: LinkPreviews = LinkPreviews()
    clock: Callable[[], float] = time.time

    def response(self, request: Request) -> Response | None:
        """The document of the page that an address is for; None where no board stands at it."""
        if request.method not in ("GET", "HEAD"):
            return None
        page = self.page_of(request)
        if page:
            return self.document(page, request)
        return self.no_board() if request.path == "/kiosk" else None

    def document(self, page: BoardPage, request: Request) -> Response:
        """The document of a page."""
        body = self.prerender.html(page, request)
        if page.mode == "embed":
            return self._frame(page, body, self.previews.tags(page, request))
        preloads = _preloads(page, page.query(request.args.to_dict(flat=False)))
        if page.mode == "kiosk":
            return self._wall(page, body, preloads)
        more = preloads + self.previews.tags(page, request)
        return self._document(page.title, body, more, explores=shell.explores(page.board))

    def no_board(self) -> Response:
        """What a wall says whose boards do not exist."""
        names = ", ".join(self.boards().by_id)
        text = f"/kiosk?boards=… names none that exists. Known are: {names}."
        return self._document("Kiosk · CodeAgent", render_html(shell.message("No such board", text), lambda _: ""))

    def _frame(self, page: BoardPage, body: str, more: str) -> Response:
        lines = head(self.assets.embed_style, self.assets.icon, page.title, self.clock())
        html = BARE.format(head=lines + more, body=body, boards="", script=self.assets.embed_script)
        return Response(html, mimetype="text/html")

    def _wall(self, page: BoardPage, body: str, more: str) -> Response:
        html = BARE.format(
            head=head(self.assets.style, self.assets.icon, page.title, self.clock()) + more,
            script=self.assets.script,
            body=body,
            boards=BOARDS.format(boards=self.boards().listing_of(page.rotation)),
        )
        return Response(html, mimetype="text/html")

    def _document(self, title: str, body: str, more: str = "", *, explores: bool = False) -> Response:
        style = style_link(self.assets.explore_style) if explores else ""
        html = DOCUMENT.format(
            head=head(self.assets.style, self.assets.icon, title, self.clock()) + style + DESCRIPTION,
            search=app_links(self.assets) + part_addresses(self.assets),
            share=share_addresses(self.assets),
            plotly=self.assets.plotly,
            script=self.assets.script,
            scripts=script_tag(self.assets.explore_script) if explores else "",
            more=more,
            body=body,
            boards=BOARDS.format(boards=self.boards().listing),
        )
        return Response(html, mimetype="text/html")


def _preloads(page: BoardPage, query: Mapping[str, Sequence[str]]) -> str:
    widths = ("m",) if page.mode == "kiosk" else tuple(MEDIA)
    links = [
        PRELOAD.format(address=escape(refresh_address(page, query, width)), media=MEDIA[width])
        for width in widths
        if page.panels
    ]
    return "".join(links)


def _panels_at_first(page: BoardPage, width: str) -> int | None:
    """How many panels the first answer has; None for all."""
    if width == "s" and len(page.panels) > 1:
        return first_on_phone(page.panels)
    return FIRST_OF_MANY if page.mode == "board" and len(page.panels) > MANY_PANELS else None


def refresh_address(page: BoardPage, query: Mapping[str, Sequence[str]], width: str) -> str:
    """The first address that the browser asks for the data of a page, as assets/src/board-request.js writes it."""
    board = page.board
    values = [(name, query.get(name, [""])[-1]) for name in ("from", "to", "compare")]
    chosen = {"from": board.range, "to": "now"} | {name: value for name, value in values if value}
    pairs = [("from", chosen["from"]), ("to", chosen["to"]), ("w", width)]
    pairs += [("compare", chosen["compare"])] if "compare" in chosen else []
    pairs += [(name, value) for name in sorted(board.filters) for value in sorted(set(query.get(name, []))) if value]
    pairs += [(name, value) for name in row_parameters(board) if (value := query.get(name, [""])[-1])]
    text = "&".join(f"{name}={quote(value, safe=UNRESERVED)}" for name, value in pairs)
    ids = [panel.id for panel in page.panels]
    requested = ids[: _panels_at_first(page, width)]
    subset = f"&panels={','.join(requested)}" if len(requested) < len(ids) or not page.is_whole else ""
    status = "&status=board" if subset else ""
    signature = query.get(PARAMETER, [""])[-1] if page.data else ""
    signed = f"&{PARAMETER}={quote(signature, safe=UNRESERVED)}" if signature else ""
    return f"{page.data or f'/api/boards/{board.id}/refresh'}?{text}{subset}{status}{signed}"
