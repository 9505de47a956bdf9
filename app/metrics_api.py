"""What the page of a metric asks besides its parts.

GET /api/metrics/complete?q=&at=       {"start", "items": [{"text", "label", "count"}]}
GET /api/metrics/board.toml?metric=    the proposed board as a file
"""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, request

from app.json_responses import NotFound, handle_errors, handle_store_errors, json_response
from app.metric_service import MetricService
from pages.completion import MOST, Suggestion, Suggestions
from pages.explore.load import offered, proposal
from pages.explore.query import read
from pages.files.board import write
from pages.page_url import parse_url
from pages.session import Stores
from queries.search.grammar import MAX_LENGTH


def blueprint(stores: Stores, service: MetricService) -> Blueprint:
    """The addresses."""
    routes = Blueprint("metrics-explorer", __name__, url_prefix="/api/metrics")

    @routes.get("/complete")
    @handle_store_errors
    def complete() -> Response:
        text = request.args.get("q", "")[:MAX_LENGTH].strip()
        names = offered(text, service.names(stores.session().deadline))[:MOST]
        items = tuple(Suggestion(name, name) for name in names if name != text)
        answer = json_response(asdict(Suggestions(0, items)))
        answer.headers["Cache-Control"] = "private, max-age=10"
        return answer

    @routes.get("/board.toml")
    @handle_errors
    def board_file() -> Response:
        parameters = {"metric": request.args.getlist("metric")}
        name = read(parse_url("/explore", parameters, service.boards.clock())).metric
        details = service.details(name, stores.session().deadline) if name else None
        if details is None:
            raise NotFound(f"There was no metric “{name[:60]}” in the last hour.", "Choose one on the page /explore.")
        board = proposal(details)
        answer = Response(write(board), mimetype="application/toml")
        answer.headers["Content-Disposition"] = f'attachment; filename="{board.id}.toml"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return routes
