"""`/api/push`: the public key, and the browsers that want notifications."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from app import writes
from app.alerting import write_requests
from app.alerting.push.keys import PushKey
from app.alerting.push.sender import browser_keys
from app.alerting.push.services import LONGEST, PushFailed, PushServices, endpoint_of
from app.alerting.push.subscriptions import Subscription, Subscriptions
from app.json_responses import NotFound, handle_errors, json_response
from queries.core.errors import InvalidInput

LONGEST_KEY = 200
LONGEST_DEVICE = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PushApi:
    """The answers. Endpoints are secrets of browsers, so no answer has them."""

    subscriptions: Subscriptions
    key: PushKey
    services: PushServices
    user_header: str
    clock: Callable[[], float]

    def listing(self) -> Response:
        """The key that browsers subscribe with, the subscriptions, and the token for writes."""
        answer = json_response(None)
        token = write_requests.give_token(request, answer)
        rows = [_row(subscription) for subscription in self.subscriptions.all(self.key.public)]
        content = {"public_key": self.key.public, "subscriptions": rows, "write_token": token}
        answer.data = json_response({**content, "needs_name": not self.user_header}).data
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def subscribe(self) -> Response:
        """Store the subscription of a browser."""
        fields, name = self._write()
        keys = fields.get("keys")
        keys = keys if isinstance(keys, dict) else {}
        endpoint = write_requests.text(fields, "endpoint", LONGEST)
        p256dh, auth = (write_requests.text(keys, part, LONGEST_KEY) for part in ("p256dh", "auth"))
        browser_keys(p256dh, auth)
        try:
            self.services.usable_address(endpoint_of(endpoint))
        except PushFailed as problem:
            raise InvalidInput("endpoint", f"The push service cannot be used: {problem}.", "Try again.") from None
        device = _printable(write_requests.text(fields, "device", LONGEST_DEVICE))
        row = Subscription(endpoint, p256dh, auth, name, device, self.clock(), self.key.public)
        self.subscriptions.add(row)
        return json_response(_row(row), 201)

    def unsubscribe(self, id_: str) -> Response:
        """Remove a subscription."""
        _, name = self._write()
        if not self.subscriptions.remove(id_):
            raise NotFound("There is no such subscription.", "Load the page again.")
        log.info("%s removed the push subscription %s", name, id_)
        return json_response({"removed": id_})

    def _write(self) -> tuple[dict[str, Any], str]:
        """The fields of a write, and who writes."""
        writes.refuse_other_sites(request)
        write_requests.check_token(request)
        fields = write_requests.body(request)
        typed = lambda: write_requests.text(fields, "user", writes.LONGEST_NAME)  # noqa: E731
        return fields, writes.user(request, self.user_header, typed)


def blueprint(push_api: PushApi) -> Blueprint:
    """The addresses below `/api/push`."""
    routes = Blueprint("push", __name__, url_prefix="/api/push")
    routes.get("")(handle_errors(push_api.listing))
    routes.post("/subscriptions")(handle_errors(push_api.subscribe))
    routes.delete("/subscriptions/<id_>")(handle_errors(push_api.unsubscribe))
    return routes


def _row(subscription: Subscription) -> dict[str, Any]:
    fields = ("id", "user", "device", "created")
    return {name: getattr(subscription, name) for name in fields}


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
