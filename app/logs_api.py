"""Data addresses of the log page.

GET /api/logs/line?id=&all=             {"html"}: everything one line has
GET /api/logs/tail?…&at=                {"html", "cursor", "count", "skipped", "notes"}: what came since
GET /api/logs/complete?q=&at=           {"start", "items": [{"text", "label", "count"}]}
GET /api/logs/export.csv|ndjson?…       the lines as a file, 10,000 at most
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import cast, get_args

from flask import Blueprint, Response, request

from app.answers import NotFound, errors, json_answer
from explore import complete, log_context, log_export, log_rows
from explore.address import Address, read
from explore.log_query import columns_of, paging_of, query_of
from explore.page import Stores
from panels.markup import joined
from queries.errors import Busy
from queries.found import Facet, FieldInfo
from queries.logs.types import CANONICAL, LogPage, LogQuery

OWN = ("id", "all", "at", "live")
TAILED = 200
FIELDS = 300
EXPORTS = 2  # at the same time


def blueprint(stores: Stores, clock: Callable[[], float]) -> Blueprint:
    """The addresses."""
    routes = Blueprint("logs", __name__, url_prefix="/api/logs")
    exporting = threading.BoundedSemaphore(EXPORTS)

    def address() -> Address:
        found = request.args.to_dict(flat=False)
        return read("/logs", {name: found[name] for name in found if name not in OWN}, clock())

    @routes.get("/line")
    @errors
    def line() -> Response:
        whole = request.args.get("all") == "1"
        found = log_context.detail(address(), stores, request.args.get("id", ""), whole=whole)
        return _kept(json_answer({"html": found}), 30)

    @routes.route("/tail", methods=["GET", "POST"])
    @errors
    def tail() -> Response:
        return json_answer(tailed(address(), stores, request.args.get("at", "") or request.get_data(as_text=True)))

    @routes.get("/complete")
    @errors
    def completed() -> Response:
        found = request.args
        at = found.get("at", type=int)
        text = found.get("q", "")[: complete.LONGEST * 10]
        return _kept(json_answer(asdict(suggested(address(), stores, text, len(text) if at is None else at))), 10)

    @routes.get("/export.<kind>")
    @errors
    def export(kind: str) -> Response:
        if kind not in get_args(log_export.Kind):
            raise NotFound(f"There is no export as “{kind[:20]}”.", "Choose csv or ndjson.")
        return _file(address(), stores, cast(log_export.Kind, kind), exporting)

    return routes


def tailed(address: Address, stores: Stores, cursor: str) -> dict[str, object]:
    """Rows that came since the cursor (without one: the newest), oldest first."""
    plain = replace(address, values={name: value for name, value in address.values.items() if name != "cursor"})
    store, query = stores.need_logs(), query_of(plain)
    found = stores.asking(store.tail, query, cursor, TAILED, deadline=stores.deadline(), seconds=1.0)
    return {
        "html": joined(log_rows.rows(found.lines, columns_of(plain))), "cursor": found.cursor,
        "count": len(found.lines), "skipped": found.skipped, "notes": list(found.quality.notes),
    }  # fmt: skip


def suggested(address: Address, stores: Stores, text: str, at: int) -> complete.Suggestions:
    """What may follow at the cursor."""
    store, query = stores.need_logs(), LogQuery(address.range)

    def fields() -> list[FieldInfo]:
        found = stores.asking(store.fields, query, FIELDS, deadline=stores.deadline(), seconds=60.0)
        own = [field for field in found.fields if field.name not in CANONICAL]
        return [*(FieldInfo(name) for name in CANONICAL), *own]

    def values(field: str, prefix: str) -> Facet:
        return stores.asking(
            store.values, query, field, prefix, complete.MOST, deadline=stores.deadline(), seconds=30.0
        )

    return complete.suggest(text, at, fields, values)


def _file(address: Address, stores: Stores, kind: log_export.Kind, exporting: threading.BoundedSemaphore) -> Response:
    store, query = stores.need_logs(), query_of(address)
    paging = replace(paging_of(address, log_export.PAGE), cursor="")

    def ask(cursor: str) -> LogPage:
        return store.search(query, replace(paging, cursor=cursor), stores.deadline())

    if not exporting.acquire(blocking=False):
        raise Busy("log export", f"{EXPORTS} exports are running already. Try again in a moment.", 5.0)
    try:
        pieces = log_export.written(kind, ask, columns_of(address))
    except BaseException:
        exporting.release()
        raise
    answer = Response(pieces, mimetype="text/csv" if kind == "csv" else "application/x-ndjson")
    answer.call_on_close(exporting.release)
    answer.headers["Content-Disposition"] = f'attachment; filename="logs.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _kept(answer: Response, seconds: int) -> Response:
    answer.headers["Cache-Control"] = f"private, max-age={seconds}"
    return answer
