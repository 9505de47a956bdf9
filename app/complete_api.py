"""What the search boxes offer while somebody types.

GET /api/logs/complete?q=&at=&from=&to=     {"start", "items": [{"text", "label", "count"}]}
GET /api/traces/complete?q=&at=&from=&to=   the same for spans
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from flask import Blueprint, Response, request

from app.json_responses import handle_store_errors, json_response
from pages.completion import MOST, Suggestions, suggest
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from queries.logs.types import CANONICAL, LogQuery
from queries.search.grammar import MAX_LENGTH
from queries.search.results import Facet, FieldInfo
from queries.traces.types import TraceQuery

FIELDS = 300
SPAN_FIELDS = ("name", "service", "status", "kind", "duration")

Suggest = Callable[[PageUrl, Session, str, int], Suggestions]


def blueprint(stores: Stores, clock: Callable[[], float]) -> Blueprint:
    """The addresses."""
    routes = Blueprint("complete", __name__, url_prefix="/api")

    def complete(suggested: Suggest) -> Response:
        time_range = {name: request.args.getlist(name) for name in ("from", "to")}
        text = request.args.get("q", "")[:MAX_LENGTH]
        cursor = request.args.get("at", len(text), type=int)
        answer = json_response(asdict(suggested(parse_url("/", time_range, clock()), stores.session(), text, cursor)))
        answer.headers["Cache-Control"] = "private, max-age=10"
        return answer

    for kind, suggested in (("logs", of_lines), ("traces", of_spans)):
        routes.add_url_rule(f"/{kind}/complete", kind, handle_store_errors(partial(complete, suggested)))
    return routes


def of_lines(url: PageUrl, stores: Session, text: str, cursor: int) -> Suggestions:
    """Fields and values of log lines. Raises QueryError."""
    store, query = stores.need_logs(), LogQuery(url.range)

    def fields() -> list[FieldInfo]:
        field_list = store.fields(query, FIELDS, stores.deadline)
        return _with(CANONICAL, field_list.fields)

    def values(field: str, prefix: str) -> Facet:
        return store.values(query, field, prefix, MOST, stores.deadline)

    return suggest(text, cursor, fields, values)


def of_spans(url: PageUrl, stores: Session, text: str, cursor: int) -> Suggestions:
    """Attributes of spans and their values. Raises QueryError."""
    store, query = stores.need_traces(), TraceQuery(url.range)

    def fields() -> list[FieldInfo]:
        field_list = store.fields(query, FIELDS, stores.deadline)
        return _with(SPAN_FIELDS, field_list.fields)

    def values(field: str, prefix: str) -> Facet:
        return store.values(query, field, prefix, MOST, stores.deadline)

    return suggest(text, cursor, fields, values)


def _with(known: tuple[str, ...], fields: tuple[FieldInfo, ...]) -> list[FieldInfo]:
    """The fields that every store knows before those that were found."""
    return [*map(FieldInfo, known), *(field for field in fields if field.name not in known)]
