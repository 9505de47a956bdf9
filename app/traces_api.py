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

from app.answers import errors, json_answer
from explore import trace
from explore.address import Address, read
from explore.page import Stores
from panels.visible import visible


def blueprint(stores: Stores, clock: Callable[[], float]) -> Blueprint:
    """The addresses."""
    routes = Blueprint("traces", __name__, url_prefix="/api/trace")

    def address() -> Address:
        return read("/trace", request.args.to_dict(flat=False), clock())

    @routes.get("/span")
    @errors
    def span() -> Response:
        return _html(trace.span_detail(address(), stores, request.args.get("span", "")))

    @routes.get("/lines")
    @errors
    def lines() -> Response:
        return _html(trace.lines(address(), stores))

    @routes.get("/find")
    @errors
    def find() -> Response:
        answer = json_answer(trace.found_keys(address(), stores))
        answer.headers["Cache-Control"] = "private, max-age=30"
        return answer

    @routes.get("/download")
    @errors
    def download() -> Response:
        found = trace.arranged(address(), stores)
        answer = json_answer({"trace_id": found.trace_id, "spans": [asdict(span) for span in found.spans]})
        answer.headers["Content-Disposition"] = f'attachment; filename="trace-{found.trace_id}.json"'
        return answer

    return routes


def _html(content: Markup) -> Response:
    answer = json_answer({"html": visible(content)})
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer
