"""The exploring pages over HTTP: whole documents, and their parts for what changes in place.

    GET /traces, /trace, /logs, …           the page; filled, if its answer is at hand or comes in a moment
    GET /api/explore/<page>?…               {"title", "parts": {name: html}}

These pages are no Dash pages: they hold lists and text, whose HTML the browser shows at once, while a page of Dash
shows nothing before half a megabyte of scripts has run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import orjson
from flask import Blueprint, Response, request

from app import shell
from app.answers import NotFound, errors, refusal
from app.assets import Assets
from app.bodies import Bodies, Body, encode, respond
from app.instant import write
from explore.address import Address, canonical, read
from explore.page import Answer, Page, Stores
from panels.visible import visible
from queries.core.errors import InvalidInput, QueryError
from queries.stores.query_cache import DOUBTFUL_SECONDS, Witness

PATIENCE_SECONDS = 0.4  # a document waits this long for its data, then the script fetches them

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="server-time" content="{written:.0f}">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" href="{icon}" type="image/svg+xml">
</head>
<body>
<div id="react-entry-point">{body}</div>
<script type="application/json" id="boards">{{}}</script>
<script src="{script}"></script>
</body>
</html>"""


@dataclass(frozen=True)
class Explorer:
    """What the addresses need."""

    stores: Stores
    pages: Mapping[str, Page]
    bodies: Bodies
    assets: Assets
    demo: bool
    clock: Callable[[], float] = time.time
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "explore"))

    def address(self, page: Page) -> Address:
        """The address of the request. Raises InvalidInput."""
        parameters = request.args.to_dict(flat=False)
        return read(page.path, {name: parameters[name] for name in parameters if name not in page.own}, self.clock())

    def body(self, page: Page, address: Address) -> Body:
        """The parts as JSON, shared by all who ask the same. Raises QueryError."""
        return self.bodies.get(f"explore:{canonical(address)}", lambda: self._made(page, address))

    def _made(self, page: Page, address: Address) -> Body:
        witness = Witness(self.stores.asking)
        answer = page.answer(address, replace(self.stores, asking=witness))
        return _encoded(answer, DOUBTFUL_SECONDS if witness.doubtful else answer.seconds)


def blueprint(explorer: Explorer) -> Blueprint:
    """The documents and the data address."""
    routes = Blueprint("explore", __name__)

    @routes.get("/api/explore/<page_id>")
    @errors
    def parts(page_id: str) -> Response:
        page = explorer.pages.get(page_id)
        if page is None:
            raise NotFound(f"There is no page “{page_id[:20]}” to explore.", f"There are {', '.join(explorer.pages)}.")
        address = explorer.address(page)
        try:
            return respond(request, explorer.body(page, address), time.monotonic())
        except InvalidInput as error:
            parts = {"form": visible(page.form(address))} if page.form else {}
            return refusal(error, parts=parts)

    for page in explorer.pages.values():
        if not page.below:
            routes.add_url_rule(page.path, f"page-{page.id}", _document(explorer, page))
    return routes


def _document(explorer: Explorer, page: Page) -> Callable[[], Response]:
    def document() -> Response:
        found = _at_hand(explorer, page)
        body = shell.explorer(page, demo=explorer.demo, filled=bool(found))
        parts = found.get("parts", {})
        html = DOCUMENT.format(
            title=escape(f"{found.get('title') or page.title} · CodeAgent"), style=explorer.assets.style,
            icon=explorer.assets.icon, script=explorer.assets.script, written=explorer.clock() * 1000,
            body=write(body, lambda name: parts.get(name.removeprefix("part-"), ""), whole=True),
        )  # fmt: skip
        return Response(html, mimetype="text/html")

    return document


def _at_hand(explorer: Explorer, page: Page) -> dict[str, Any]:
    """The page's answer if it comes within a moment; bad input and trouble are left to the data address."""
    try:
        address = explorer.address(page)
    except QueryError:
        return {}
    waiting: Future[Body] = explorer.pool.submit(explorer.body, page, address)
    try:
        found: dict[str, Any] = orjson.loads(waiting.result(PATIENCE_SECONDS).plain)
    except (QueryError, TimeoutError):
        waiting.cancel()  # the script asks; what has not begun by now would be asked for nobody
        return {}
    return found


def _encoded(answer: Answer, seconds: float) -> Body:
    parts = {name: visible(part) for name, part in answer.parts.items()}
    return encode(orjson.dumps({"title": visible(answer.title), "parts": parts}), min(seconds, answer.seconds))
