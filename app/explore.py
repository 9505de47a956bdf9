"""The exploring pages over HTTP: whole documents, and their parts for what changes in place.

    GET /traces, /trace, /logs, …           the page; filled, if its answer is cached or comes in a moment
    GET /api/explore/<page>?…               {"title", "parts": {name: html}}; with "error" where a store is away:
                                            then the parts are the last whole answer, "as_of" (ms), or only the form

These pages are no Dash pages: they hold lists and text, whose HTML the browser shows at once, while a page of Dash
shows nothing before half a megabyte of scripts has run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import shell
from app.assets import Assets
from app.html_head import app_links, head, part_addresses, push_addresses, script_tag, style_link
from app.json_responses import NotFound, error_json, handle_errors
from app.last_good import LastGood
from app.prerender import render_html
from app.response_cache import CachedResponse, ResponseCache, encode, respond
from pages.page import Page, PageContent
from pages.page_parts import mark_outdated
from pages.page_url import PageUrl, canonical, parse_url
from pages.session import Session, Stores
from panels.spec import Dashboard
from panels.visible import visible
from queries.core.errors import InvalidInput, QueryError
from queries.stores.query_cache import DOUBTFUL_SECONDS

SHORT_SECONDS = 1.0  # how long an answer without data of its own is kept
PATIENCE_SECONDS = 0.4  # a document waits this long for its data, then the script fetches them

DOCUMENT = """<!DOCTYPE html>
<html lang="en"{named}>
<head>
{head}</head>
<body>
<div id="react-entry-point">{body}</div>
<script type="application/json" id="boards">{{}}</script>
<script src="{script}"></script>
{scripts}</body>
</html>"""


@dataclass(frozen=True)
class Explorer:
    """What the addresses need. `names_users`: a proxy names the users, so that no name has to be typed."""

    stores: Stores
    pages: Mapping[str, Page]
    bodies: ResponseCache
    assets: Assets
    demo: bool
    navigation: Callable[[], Sequence[Dashboard]]
    names_users: bool = False
    clock: Callable[[], float] = time.time
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "explore"))
    last_good: LastGood = field(default_factory=LastGood)

    def url(self, page: Page) -> PageUrl:
        """The address of the request. Raises InvalidInput."""
        parameters = request.args.to_dict(flat=False)
        return parse_url(
            page.path, {name: parameters[name] for name in parameters if name not in page.own}, self.clock()
        )

    def body(self, page: Page, url: PageUrl) -> CachedResponse:
        """The page as JSON, shared by all who ask the same; bad input is a body with status 400.

        While a store is away, it is the last whole answer with its age, or the form and what is wrong.
        """
        key = f"explore:{canonical(url)}"
        session = self.stores.session()  # its time begins here: waiting for others is part of it
        return self.bodies.get(key, lambda: self._render(key, page, url, session))

    def _render(self, key: str, page: Page, url: PageUrl, session: Session) -> CachedResponse:
        try:
            content = page.render(url, session)
        except InvalidInput as error:
            body = {"error": error_json(error), "parts": _form(page, url)}
            return replace(_encode(body, SHORT_SECONDS), status=400)
        except QueryError as error:
            return self._outdated(key, page, url, error)
        if content.errors:
            content = self._with_last_good(key, content)
        if session.tracker.doubtful:
            return _encode(_json(content), min(DOUBTFUL_SECONDS, content.max_age))
        response = _encode(_json(content), content.max_age)
        self.last_good.keep(key, response.compressed, self.clock())
        return response

    def _outdated(self, key: str, page: Page, url: PageUrl, error: QueryError) -> CachedResponse:
        """The page without an answer of its store."""
        good, content = self.last_good.get(key), error_json(error)
        if good is None:
            return _encode({"error": content, "title": "", "parts": _form(page, url)}, SHORT_SECONDS)
        content |= {"hint": "", "as_of": int(good.created * 1_000)}
        parts = {**good.parts, **_form(page, url)}
        return _encode({"error": content, "title": good.title, "parts": parts}, SHORT_SECONDS)

    def _with_last_good(self, key: str, content: PageContent) -> PageContent:
        """Replace failed parts by those of the last complete response, marked as outdated."""
        good = self.last_good.get(key)
        if good is None:
            return content
        parts = dict(content.parts)
        for name, error in content.errors.items():
            if good.parts.get(name):
                html = Markup(good.parts[name])  # noqa: S704 - escaped when it was rendered
                parts[name] = mark_outdated(html, error, good.created)
        return replace(content, parts=parts)


def blueprint(explorer: Explorer) -> Blueprint:
    """The documents and the data address."""
    routes = Blueprint("explore", __name__)

    @routes.get("/api/explore/<page_id>")
    @handle_errors
    def parts(page_id: str) -> Response:
        page = explorer.pages.get(page_id)
        if page is None:
            raise NotFound(f"There is no page “{page_id[:20]}” to explore.", f"There are {', '.join(explorer.pages)}.")
        return respond(request, explorer.body(page, explorer.url(page)), time.monotonic())

    for page in explorer.pages.values():
        if not page.below:
            routes.add_url_rule(page.path, f"page-{page.id}", _document(explorer, page))
    routes.add_url_rule("/runbooks/<name>", "runbook", _to_runbook)
    return routes


def _to_runbook(name: str) -> ResponseReturnValue:
    """The address in messages: a runbook by its name, with the labels of the alert as parameters."""
    parameters = [("name", name), *((key, value) for key, value in request.args.items(multi=True) if key != "name")]
    return redirect("/runbooks?" + urlencode(parameters))


def _document(explorer: Explorer, page: Page) -> Callable[[], Response]:
    def document() -> Response:
        available = _available_content(explorer, page)
        body = shell.explorer(
            page,
            demo=explorer.demo,
            filled=bool(available),
            error=available.get("error"),
            navigation=explorer.navigation(),
        )
        parts = available.get("parts", {})
        html = DOCUMENT.format(
            named=" data-named" if explorer.names_users else "",
            head=head(
                explorer.assets.style,
                explorer.assets.icon,
                f"{available.get('title') or page.title} · CodeAgent",
                explorer.clock(),
            )
            + style_link(explorer.assets.explore_style)
            + app_links(explorer.assets)
            + part_addresses(explorer.assets)
            + (push_addresses(explorer.assets) if page.id == "alerts" else ""),
            script=explorer.assets.script,
            scripts=script_tag(explorer.assets.explore_script),
            body=render_html(body, lambda name: parts.get(name.removeprefix("part-"), "")),
        )
        return Response(html, mimetype="text/html")

    return document


def _available_content(explorer: Explorer, page: Page) -> dict[str, Any]:
    """The page's answer if it comes within a moment; bad input is left to the data address."""
    try:
        url = explorer.url(page)
    except QueryError:
        return {}
    waiting: Future[CachedResponse] = explorer.pool.submit(explorer.body, page, url)
    try:
        body = waiting.result(PATIENCE_SECONDS)
    except TimeoutError:
        waiting.cancel()  # the script requests the parts again; what has not begun by now is not needed
        return {}
    content: dict[str, Any] = orjson.loads(body.plain) if body.status == 200 else {}
    return content


def _form(page: Page, url: PageUrl) -> dict[str, str]:
    """What stays on a page without an answer, so that the question can be changed."""
    try:
        return {"form": page.form(url)} if page.form else {}
    except InvalidInput:  # the address itself is what cannot be understood
        return {}


def _json(content: PageContent) -> dict[str, Any]:
    return {"title": visible(content.title), "parts": dict(content.parts)}


def _encode(content: Mapping[str, Any], seconds: float) -> CachedResponse:
    return encode(orjson.dumps(content), seconds)
