"""`/api/alerts`: Alertmanager's webhook, the history, and acknowledgements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, request

from app import bearer, writes
from app.alerting import webhook, write_requests
from app.alerting.history import History
from app.alerting.model import AlertEvent, AlertHistory, EventKind
from app.json_responses import NotFound, error_response, handle_errors, json_response
from queries.core.errors import InvalidInput

LARGEST: Final = 4 * 2**20  # bytes of a notification; Alertmanager sends some kilobytes for each alert
LONGEST_COMMENT: Final = 500
DAY: Final = 86_400.0
MOST_DAYS: Final = 400


class AlertsApi:
    """The answers; without a `token_file` the webhook refuses everybody."""

    def __init__(
        self,
        history: History,
        token_file: Path | None,
        user_header: str,
        clock: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called after a user's change, so that pages show it at once."""
        self.history = history
        self.changed = changed
        self.token_file = token_file
        self.user_header = user_header
        self.clock = clock

    def receive(self) -> Response:
        """Record a notification of Alertmanager, which sends it again unless the status is 200."""
        bearer.check_token(request, self.token_file)
        if (request.content_length or 0) > LARGEST:
            return error_response(InvalidInput("body", f"The body is larger than {LARGEST:,} bytes."), 413)
        alerts = self.history.record(webhook.observations(request.get_data(), self.clock()))
        return json_response({"recorded": [alert.id for alert in alerts]})

    def alerts(self) -> Response:
        """Alerts that fire, and those that ended during the last `days`, with the token for writes."""
        days = request.args.get("days", 1, type=int)
        if not 0 < days <= MOST_DAYS:
            raise InvalidInput("days", f"“days” is from 1 to {MOST_DAYS}.")
        entries = self.history.alerts(self.clock() - days * DAY)
        answer = json_response(None)
        token = write_requests.give_token(request, answer)
        answer.data = json_response({"alerts": [summary(entry) for entry in entries], "write_token": token}).data
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def alert(self, id_: str) -> Response:
        """One alert with its events."""
        entry = self._known(id_)
        return json_response({**summary(entry), "events": [_event(happened) for happened in entry.events]})

    def write_token(self) -> Response:
        """The token for writes of this browser, and whether a write needs a name because no proxy tells the user."""
        answer = json_response(None)
        token = write_requests.give_token(request, answer)
        answer.data = json_response({"write_token": token, "needs_name": not self.user_header}).data
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def acknowledge(self, id_: str) -> Response:
        """Record that a user works on an alert; this stops its escalation."""
        return self._write(id_, EventKind.ACKNOWLEDGED)

    def withdraw(self, id_: str) -> Response:
        """Record that nobody works on an alert any more; its escalation goes on."""
        return self._write(id_, EventKind.WITHDRAWN)

    def _write(self, id_: str, kind: EventKind) -> Response:
        writes.refuse_other_sites(request)
        write_requests.check_token(request)
        fields = write_requests.body(request)
        name = writes.user(request, self.user_header, lambda: write_requests.text(fields, "user", writes.LONGEST_NAME))
        comment = write_requests.text(fields, "comment", LONGEST_COMMENT)
        entry = self._known(id_)
        if not entry.alert.is_firing:
            raise InvalidInput("alert", "The alert is resolved already.")
        if kind is EventKind.WITHDRAWN and entry.acknowledgement is None:
            raise InvalidInput("alert", "Nobody has acknowledged the alert.")
        self.history.add(AlertEvent(entry.alert.id, kind, self.clock(), name, comment))
        self.changed()
        return self.alert(id_)

    def _known(self, id_: str) -> AlertHistory:
        entry = self.history.alert(id_)
        if entry is None:
            raise NotFound("There is no such alert in the history.")
        return entry


def blueprint(alerts_api: AlertsApi) -> Blueprint:
    """The addresses below `/api/alerts`."""
    routes = Blueprint("alerting", __name__, url_prefix="/api/alerts")
    routes.post("/webhook")(handle_errors(alerts_api.receive))
    routes.get("")(handle_errors(alerts_api.alerts))
    routes.get("/write-token")(handle_errors(alerts_api.write_token))
    routes.get("/<id_>")(handle_errors(alerts_api.alert))
    routes.post("/<id_>/acknowledge")(handle_errors(alerts_api.acknowledge))
    routes.delete("/<id_>/acknowledge")(handle_errors(alerts_api.withdraw))
    return routes


def summary(entry: AlertHistory) -> dict[str, Any]:
    """An alert without its events; times are epoch seconds, `ends` is null while it fires."""
    alert, known = entry.alert, entry.acknowledgement
    return {
        "id": alert.id,
        "name": alert.name,
        "severity": alert.severity,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts": alert.starts,
        "ends": alert.ends or None,
        "silenced": alert.silenced,
        "acknowledged": {"user": known.actor, "time": known.time, "comment": known.comment} if known else None,
    }


def _event(happened: AlertEvent) -> dict[str, Any]:
    return {
        "kind": happened.kind.value,
        "time": happened.time,
        "actor": happened.actor,
        "detail": happened.detail,
        "notification": happened.key,
        "attempt": happened.attempt,
    }
