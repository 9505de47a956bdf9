"""Marks over HTTP: deployments that charts show as vertical lines.

    POST /api/marks          {"title", "time"?, "link"?} with `Authorization: Bearer TOKEN` → 201 and the mark
    GET  /api/marks?from=&to=                                                             → {"marks": [mark, …]}

`time` is epoch seconds, by default now.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec
from flask import Blueprint, Response, request

from app import bearer
from app.json_responses import Forbidden, handle_errors, json_response
from app.mark_store import MarkStore
from panels.spec import Mark
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.core.time_range import TimeRange

MOST_CHARACTERS: Final = 200
DAY_AHEAD: Final = 86_400.0


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    time: float | None = None
    link: str = ""


_BODY: Final = msgspec.json.Decoder(_Body)


@dataclass(frozen=True)
class MarksApi:
    """The handlers. The token is read from its file for each write, so that it can be rotated."""

    store: MarkStore
    token_file: Path | None
    clock: Callable[[], float] = time.time

    def create(self) -> Response:
        """Append the mark of the body."""
        self._check_token()
        mark = _mark(request.get_data(), self.clock())
        try:
            self.store.add(mark)
        except (sqlite3.Error, OSError) as error:
            raise SourceUnavailable("marks", f"The mark was not stored: {error}.", "Check the folder.") from None
        return json_response(asdict(mark), 201)

    def listed(self) -> Response:
        """The marks of a range."""
        start, end = TimeRange(request.args.get("from", "now-24h"), request.args.get("to", "now")).resolve(self.clock())
        try:
            marks = self.store.between(start, end)
        except (sqlite3.Error, OSError) as error:
            raise SourceUnavailable("marks", f"Marks cannot be read: {error}.", "Check the folder.") from None
        return json_response({"marks": [asdict(mark) for mark in marks]})

    def _check_token(self) -> None:
        if self.token_file is None:
            raise Forbidden("This app takes no marks.", "The operator sets CODEAGENT_MARKS_TOKEN_FILE.")
        bearer.check_token(request, self.token_file)


def blueprint(api: MarksApi) -> Blueprint:
    """The routes."""
    routes = Blueprint("marks", __name__, url_prefix="/api/marks")
    routes.post("", endpoint="create")(handle_errors(api.create))
    routes.get("", endpoint="listed")(handle_errors(api.listed))
    return routes


def _mark(data: bytes, now: float) -> Mark:
    """The mark of a body. Raises InvalidInput."""
    try:
        body = _BODY.decode(data)
    except msgspec.MsgspecError as error:
        raise InvalidInput("body", f"The body cannot be used: {error}.", "See docs/api.md.") from None
    title, link = body.title.strip(), body.link.strip()
    if not title or max(len(title), len(link)) > MOST_CHARACTERS:
        raise InvalidInput("title", f"A mark needs a title of at most {MOST_CHARACTERS} characters.", "Shorten it.")
    if link and not link.startswith(("https://", "http://")):
        raise InvalidInput("link", "The link must begin with https:// or http://.", "Leave it out if there is none.")
    instant = now if body.time is None else body.time
    if not 0 <= instant <= now + DAY_AHEAD:
        raise InvalidInput("time", "The time is not in the past, in epoch seconds.", "Leave it out for now.")
    return Mark(instant, title, link)
