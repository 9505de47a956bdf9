"""Data addresses of the log page.

GET /api/logs/line?id=&all=             {"html"}: everything one line has
POST /api/logs/tail?…                   {"html", "cursor", "count", "skipped", "notes"}: what came since the cursor in
                                        the body, which is too long for an address (or GET with `at`)
GET /api/logs/export.csv|ndjson?…       the lines as a file, 10,000 at most
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast, get_args

from flask import Blueprint, Response, request

from app.export_limiter import ExportLimiter, client_of
from app.json_responses import NotFound, error_response, handle_store_errors, json_response
from pages.logs import context as log_context
from pages.logs import export as log_export
from pages.logs import rows as log_rows
from pages.logs.query import columns_of, paging_of, query_of
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from panels.markup import join
from queries.core.errors import Busy, InvalidInput
from queries.logs.types import LogPage

OWN = ("id", "all", "at", "live")
TAILED = 200
FIRST_TURN = 2.0  # seconds that an export waits to begin
NEXT_TURN = 0.02  # seconds that it holds a thread for each further page; the server asks again


def blueprint(stores: Stores, clock: Callable[[], float]) -> Blueprint:
    """The addresses."""
    routes = Blueprint("logs", __name__, url_prefix="/api/logs")
    exports = ExportLimiter()

    def url() -> PageUrl:
        parameters = request.args.to_dict(flat=False)
        return parse_url("/logs", {name: parameters[name] for name in parameters if name not in OWN}, clock())

    @routes.get("/line")
    @handle_store_errors
    def line() -> Response:
        whole = request.args.get("all") == "1"
        session, line_id = stores.session(), request.args.get("id", "")
        if not line_id:
            raise InvalidInput("id", "The line's id is missing.")
        content = log_context.detail(url(), session.need_logs().line(line_id, session.deadline), whole=whole)
        return _with_max_age(json_response({"html": content}), 30)

    @routes.route("/tail", methods=["GET", "POST"])
    @handle_store_errors
    def tail() -> Response:
        cursor = request.args.get("at", "") or request.get_data(as_text=True)
        return json_response(tail_response(url(), stores.session(), cursor))

    @routes.get("/export.<kind>")
    @handle_store_errors
    def export(kind: str) -> Response:
        if kind not in get_args(log_export.Kind):
            raise NotFound(f"There is no export as “{kind[:20]}”.", "Choose csv or ndjson.")
        try:
            return _file(url(), stores, cast(log_export.Kind, kind), exports)
        except Busy as error:  # more exports than are open at a time
            return error_response(error, 429)

    return routes


def tail_response(url: PageUrl, stores: Session, cursor: str) -> dict[str, object]:
    """Rows that came since the cursor (without one: the newest), oldest first."""
    plain = replace(url, parameters={name: value for name, value in url.parameters.items() if name != "cursor"})
    store, query = stores.need_logs(), query_of(plain)
    batch = store.tail(query, cursor, TAILED, stores.deadline)
    return {
        "html": join(log_rows.rows(batch.lines, columns_of(plain))),
        "cursor": batch.cursor,
        "count": len(batch.lines),
        "skipped": batch.skipped,
        "notes": list(batch.quality.notes),
    }


def _file(url: PageUrl, stores: Stores, kind: log_export.Kind, exports: ExportLimiter) -> Response:
    query, client = query_of(url), client_of(request)
    paging = replace(paging_of(url, log_export.PAGE), cursor="")

    def ask(cursor: str) -> LogPage | None:
        session = stores.uncached()  # ten thousand lines would push everything else out of the cache
        store, page = session.need_logs(), replace(paging, cursor=cursor)
        return exports.run(lambda: store.search(query, page, session.deadline), NEXT_TURN if cursor else FIRST_TURN)

    exports.open(client)
    try:
        pieces = log_export.export_lines(kind, ask, columns_of(url))
    except BaseException:
        exports.close(client)
        raise
    answer = Response(pieces, mimetype="text/csv" if kind == "csv" else "application/x-ndjson")
    answer.call_on_close(lambda: exports.close(client))
    answer.headers["Content-Disposition"] = f'attachment; filename="logs.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _with_max_age(answer: Response, seconds: int) -> Response:
    answer.headers["Cache-Control"] = f"private, max-age={seconds}"
    return answer
