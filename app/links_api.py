"""Signed links over HTTP, for the share dialog.

    GET    /api/links                                 → {"signed", "revocable", "named", "base", "links": [link, …]}
    POST   /api/links  {"board", "panel"?, "from"?, "to"?, "compare"?, "filters"?, "free"?, "longest"?, "days", "user"?}
                                                      → 201 {"id", "expires", "embed", "picture"}
    DELETE /api/links/<id>  {"user"?}                 → {"id"}

A write needs a user and comes from a page of this app, as for silences.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

import msgspec
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app import writes
from app.json_responses import Forbidden, NotFound, handle_errors, json_response
from app.link_maker import LinkMaker, LinkRequest
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.core.time_range import duration

Result = TypeVar("Result")
LARGEST: Final = 64 * 1024  # bytes of a body


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    board: str = ""
    panel: str = ""
    start: str = ""
    end: str = ""
    compare: str = ""
    filters: dict[str, list[str]] = {}
    free: list[str] = []
    longest: str = ""  # a duration such as 7d; empty for a week or the range of the view, whichever is larger
    days: float = 30.0
    user: str = ""


_BODY: Final = msgspec.json.Decoder(_Body)


@dataclass(frozen=True)
class LinksApi:
    """The handlers; without a `maker` nothing is signed. `base` is the public address of the dashboards or empty."""

    maker: LinkMaker | None
    user_header: str = ""
    base: str = ""
    clock: Callable[[], float] = time.time

    def listed(self) -> Response:
        """What links can be, and those that exist."""
        store = self.maker.store if self.maker else None
        answer = json_response(
            {
                "signed": self.maker is not None,
                "revocable": store is not None,
                "named": bool(self.user_header),
                "base": self.base,
                "links": [asdict(link) for link in _stored(store.all)] if store else [],
            }
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def create(self) -> Response:
        """A new link."""
        user, body = self._user(), _body()
        if self.maker is None:
            raise Forbidden("This app signs no links.", "The operator sets CODEAGENT_LINK_KEY_FILE.")
        parameters = {"from": body.start, "to": body.end, "compare": body.compare}
        longest = duration(body.longest, "longest") if body.longest else 0
        wish = LinkRequest(body.board, body.panel, body.days, user, body.filters, tuple(body.free), parameters, longest)
        link = self.maker.create(wish)
        fields = {"id": link.id, "expires": link.expires, "embed": link.embed, "picture": link.picture}
        answer = json_response(fields, 201)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def revoke(self, link_id: str) -> Response:
        """The link is refused from now on."""
        self._user()
        store = self.maker.store if self.maker else None
        if store is None:
            raise Forbidden("Links cannot be revoked here.", "The operator sets CODEAGENT_LINKS_FILE.")
        if not _stored(lambda: store.revoke(link_id, self.clock())):
            raise NotFound("There is no such link.", "Reload the page.")
        return json_response({"id": link_id})

    def _user(self) -> str:
        return writes.user(request, self.user_header, lambda: _body().user)


def blueprint(api: LinksApi) -> Blueprint:
    """The routes."""
    routes = Blueprint("links", __name__, url_prefix="/api/links")

    @routes.before_request
    @handle_errors
    def same_site() -> Any:
        if request.method not in ("GET", "HEAD"):
            writes.refuse_other_sites(request)
        return None

    routes.get("", endpoint="listed")(handle_errors(api.listed))
    routes.post("", endpoint="create")(handle_errors(api.create))
    routes.delete("/<link_id>", endpoint="revoke")(handle_errors(api.revoke))
    return routes


def _stored(call: Callable[[], Result]) -> Result:
    """What the store answers. Raises SourceUnavailable."""
    try:
        return call()
    except (SQLAlchemyError, OSError) as error:
        raise SourceUnavailable(
            "links", f"Links cannot be read or written: {type(error).__name__}.", "Check the database of links."
        ) from None


def _body() -> _Body:
    try:
        return _BODY.decode(request.get_data() if (request.content_length or 0) <= LARGEST else b"")
    except msgspec.MsgspecError as error:
        raise InvalidInput("body", f"The body cannot be used: {error}.", "See docs/api.md.") from None
