"""Data addresses of one trace.

GET /api/trace/span?id=&span=    {"html"}: everything a span has, and its log lines
GET /api/trace/lines?id=         {"html"}: the log lines of the trace by time
GET /api/trace/find?id=&q=       {"keys", "notes"}: the spans that a search matches
GET /api/trace/download?id=      the spans as JSON, as the store gave them
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Blueprint, Response, request
from markupsafe import Markup

from app.json_responses import handle_store_errors, json_response
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from pages.trace import details
from pages.trace.load import load, load_lines, load_span, matching_keys
from pages.trace.load import read as read_trace
from queries.traces.arrange import Arranged


def blueprint(stores: Stores, clock: Callable[[], float]) -> Blueprint:
    """The addresses."""
    routes = Blueprint("traces", __name__, url_prefix="/api/trace")

    def url() -> PageUrl:
        return parse_url("/trace", request.args.to_dict(flat=False), clock())

    @routes.get("/span")
    @handle_store_errors
    def span() -> Response:
        session, page = stores.session(), url()
        detail = load_span(page.value("id").lower(), request.args.get("span", ""), session)
        return _html(details.span_detail(page, detail), session)

    @routes.get("/lines")
    @handle_store_errors
    def lines() -> Response:
        session = stores.session()
        page = url()
        trace = trace_of(page, session)
        return _html(details.lines(trace, load_lines(trace, session), page), session)

    @routes.get("/find")
    @handle_store_errors
    def find() -> Response:
        session, page = stores.session(), url()
        return _with_max_age(json_response(matching_keys(trace_of(page, session), page.value("q"), session)), session)

    @routes.get("/download")
    @handle_store_errors
    def download() -> Response:
        trace = trace_of(url(), stores.session())
        answer = json_response({"trace_id": trace.trace_id, "spans": [asdict(span) for span in trace.spans]})
        answer.headers["Content-Disposition"] = f'attachment; filename="trace-{trace.trace_id}.json"'
        return answer

    return routes


def trace_of(url: PageUrl, session: Session) -> Arranged:
    """The trace that the URL names. Raises QueryError."""
    return load(read_trace(url), session).trace


def _html(content: Markup, session: Session) -> Response:
    return _with_max_age(json_response({"html": content}), session)


def _with_max_age(answer: Response, session: Session) -> Response:
    """Good for a while, unless something is missing in it."""
    answer.headers["Cache-Control"] = "no-store" if session.tracker.doubtful else "private, max-age=30"
    return answer
