"""Silences over HTTP: preview, create, extend and expire. The only writes to a backend.

    POST   /api/alerts/silences/preview   {"matchers": […]}                    → {"alerts": [headline, …]}
    POST   /api/alerts/silences           {"matchers", "minutes", "comment", "user"} → {"id"}
    POST   /api/alerts/silences/<id>      {"minutes", "user"}: ends so many minutes later → {"id"}
    DELETE /api/alerts/silences/<id>      {"user"}                             → {"id"}

A write needs a user: the proxy's header (CODEAGENT_USER_HEADER), or a name in the body if no proxy is in between.
Requests of other sites are refused: browsers tell the origin, and other sites cannot send JSON without asking first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import msgspec
from flask import Blueprint, Response, request

from app import writes
from app.json_responses import NotFound, handle_errors, json_response
from queries.alerts.silence_changes import ChangeKind, SilenceChange
from queries.alerts.types import Matcher, RoutedAlert, Silence, headline_of
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError

TIMEOUT_SECONDS: Final = 5.0
MOST_MINUTES: Final = 60 * 24 * 30
MOST_MATCHERS: Final = 20
MOST_CHARACTERS: Final = 500

log = logging.getLogger(__name__)


class SilenceStore(Protocol):
    """An Alertmanager that can be written to."""

    def routed_alerts(self, deadline: Deadline, matchers: Sequence[Matcher] = ()) -> tuple[RoutedAlert, ...]:
        """The alerts that all matchers match. Raises QueryError."""
        ...

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        """All silences. Raises QueryError."""
        ...

    def silence(self, silence: Silence, deadline: Deadline) -> str:
        """Create a silence, or change the one with its id. Returns the id. Raises QueryError."""
        ...

    def expire(self, silence_id: str, deadline: Deadline) -> None:
        """End a silence. Raises QueryError."""
        ...


class _Matcher(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    matchers: list[_Matcher] = []
    minutes: float = 0.0
    comment: str = ""
    user: str = ""


_BODY: Final = msgspec.json.Decoder(_Body)


@dataclass(frozen=True)
class SilencesApi:
    """The handlers. `user_header` is the header in which the proxy tells the user; may be empty.

    `changed` is called with each change, after Alertmanager has it: to record it, and so that pages show it at once.
    """

    store: SilenceStore
    user_header: str = ""
    clock: Callable[[], float] = time.time
    changed: Callable[[SilenceChange], None] = lambda _change: None

    def preview(self) -> Response:
        """The alerts that the matchers of the body match now."""
        matching = self.store.routed_alerts(self._deadline(), _matchers(_body()))
        return json_response({"alerts": [_sentence(alert) for alert in matching]})

    def create(self) -> Response:
        """A new silence."""
        user, body = self._user(), _body()
        matchers, now = _matchers(body), self.clock()
        if not body.comment.strip():
            raise InvalidInput("comment", "A silence needs a reason.", "Write why the alert is silenced.")
        silence = Silence("", matchers, now, now + _seconds(body), user, _text(body.comment, "comment"), "")
        return self._done(replace(silence, id=self.store.silence(silence, self._deadline())), ChangeKind.CREATED, user)

    def extend(self, silence_id: str) -> Response:
        """The same silence with a later end."""
        user, body = self._user(), _body()
        known = self._known(silence_id)
        comment = f"{known.comment} (extended by {user})" if user != known.author else known.comment
        ends_at = max(known.ends_at, self.clock()) + _seconds(body)
        # With the same matchers Alertmanager changes the silence in place.
        changed = replace(known, ends_at=ends_at, comment=comment[:MOST_CHARACTERS])
        id_ = self.store.silence(changed, self._deadline())
        return self._done(replace(changed, id=id_), ChangeKind.EXTENDED, user)

    def expire(self, silence_id: str) -> Response:
        """The silence has ended."""
        user, known = self._user(), self._known(silence_id)
        self.store.expire(known.id, self._deadline())
        return self._done(replace(known, ends_at=self.clock()), ChangeKind.ENDED, user)

    def _done(self, silence: Silence, kind: ChangeKind, user: str) -> Response:
        """Report a change. That it cannot be recorded does not undo it."""
        change = SilenceChange(silence.id, kind, self.clock(), silence.ends_at, user, silence.comment, silence.matchers)
        try:
            self.changed(change)
        except QueryError as error:
            log.warning("A change of a silence was not recorded: %s", error.sentence)
        return json_response({"id": silence.id})

    def _known(self, silence_id: str) -> Silence:
        for silence in self.store.silences(self._deadline()):
            if silence.id == silence_id:
                if silence.state == "expired":
                    raise InvalidInput("id", "This silence has already ended.", "Create a new one.")
                return silence
        raise NotFound("There is no such silence.", "It may have ended. Reload the page.")

    def _user(self) -> str:
        return writes.user(request, self.user_header, lambda: _body().user)

    @staticmethod
    def _deadline() -> Deadline:
        return Deadline.after(TIMEOUT_SECONDS)


def blueprint(api: SilencesApi) -> Blueprint:
    """The routes."""
    routes = Blueprint("silences", __name__, url_prefix="/api/alerts/silences")

    @routes.before_request
    @handle_errors
    def same_site() -> Any:
        writes.refuse_other_sites(request)
        return None

    routes.post("/preview", endpoint="preview")(handle_errors(api.preview))
    routes.post("", endpoint="create")(handle_errors(api.create))
    routes.post("/<silence_id>", endpoint="extend")(handle_errors(api.extend))
    routes.delete("/<silence_id>", endpoint="expire")(handle_errors(api.expire))
    return routes


def _body() -> _Body:
    try:
        return _BODY.decode(request.get_data())
    except msgspec.MsgspecError as error:
        raise InvalidInput("body", f"The body cannot be used: {error}.", "See docs/api.md.") from None


def _matchers(body: _Body) -> tuple[Matcher, ...]:
    """The matchers of a body, at least one. Raises InvalidInput."""
    if not 0 < len(body.matchers) <= MOST_MATCHERS:
        raise InvalidInput("matchers", f"A silence needs 1 to {MOST_MATCHERS} matchers.", "Choose a label.")
    return tuple(
        Matcher(_text(row.name, "matchers"), _text(row.value, "matchers"), row.is_regex, row.is_equal)
        for row in body.matchers
    )


def _seconds(body: _Body) -> float:
    if not 1 <= body.minutes <= MOST_MINUTES:
        raise InvalidInput("minutes", f"A silence lasts 1 to {MOST_MINUTES:,} minutes.", "Choose a shorter time.")
    return 60 * body.minutes


def _text(text: str, field: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(field, f"“{field}” has more than {MOST_CHARACTERS} characters.")
    return text


def _sentence(alert: RoutedAlert) -> str:
    return headline_of(alert.annotations, alert.labels.get("alertname", ""))
