"""The incident report as a file, and its notes.

GET  /api/incident/export?from=&to=   one HTML file without scripts and without requests to any server
POST /api/incident/notes              {"time", "text", "user"} → 201 and the note; `time` is epoch seconds
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Response, request

from app import writes
from app.alerting import write_requests
from app.alerting.notes import Notes
from app.incident_file import document
from app.json_responses import Forbidden, handle_errors, json_response
from pages.changes.query import ChangesQuery, read
from pages.incident.load import IncidentModel, load
from pages.incident.view import NOTE_LENGTH, report
from pages.page_url import parse_url
from pages.session import Stores
from queries.alerts.records import Note
from queries.core.errors import InvalidInput
from queries.search.results import NANO

ATTEMPTS: Final = 8  # a file is complete where the answers come within this many pages' time
LATEST: Final = 4e9  # epoch seconds


@dataclass(frozen=True)
class IncidentApi:
    """The handlers; `notes` is None without an alert history."""

    stores: Stores
    notes: Notes | None
    user_header: str
    clock: Callable[[], float] = time.time

    def export(self) -> Response:
        """The report of the range as a file."""
        url = parse_url("/incident", request.args.to_dict(flat=False), self.clock())
        query = read(url)
        html = document(report(query, self._model(query), "light"))
        begin = datetime.fromtimestamp(query.window.start_ns / NANO, UTC)
        answer = Response(html, mimetype="text/html")
        answer.headers["Content-Disposition"] = f'attachment; filename="incident-{begin:%Y%m%d-%H%M}.html"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def add_note(self) -> Response:
        """Store a note of a named user."""
        writes.refuse_other_sites(request)
        if self.notes is None:
            raise Forbidden("This app has no store for notes.", "The operator sets CODEAGENT_ALERT_STORE_URL.")
        fields = write_requests.body(request)
        name = writes.user(request, self.user_header, lambda: write_requests.text(fields, "user", writes.LONGEST_NAME))
        text = write_requests.text(fields, "text", NOTE_LENGTH)
        if not text:
            raise InvalidInput("text", "A note needs a text.", "Write what happened.")
        note = Note(_instant(fields.get("time"), self.clock()), name, text, self.clock())
        self.notes.add(note)
        return json_response(asdict(note), 201)

    def _model(self, query: ChangesQuery) -> IncidentModel:
        """The model; loaded again while answers are late."""
        for _ in range(ATTEMPTS - 1):
            model = load(query, self.stores.session())
            if not model.is_late:
                return model
        return load(query, self.stores.session())


def blueprint(api: IncidentApi) -> Blueprint:
    """The addresses below `/api/incident`."""
    routes = Blueprint("incident", __name__, url_prefix="/api/incident")
    routes.get("/export")(handle_errors(api.export))
    routes.post("/notes")(handle_errors(api.add_note))
    return routes


def _instant(value: object, now: float) -> float:
    if value is None:
        return now
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LATEST:
        raise InvalidInput("time", "“time” is not valid.", "Send epoch seconds, or leave it out for now.")
    return float(value)
