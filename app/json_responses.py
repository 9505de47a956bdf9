"""JSON responses of the data endpoints, and error handling: typed errors become a status code and a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, TypeVar

import orjson
from flask import Response

from app.encode import OPTIONS
from panels.visible import visible
from queries.core.errors import InvalidInput, QueryError, SourceUnavailable
from queries.search.grammar import GrammarError

Handler = TypeVar("Handler", bound=Callable[..., Response])


class NotFound(QueryError):
    """There is no such board, panel, filter or silence."""


class Forbidden(QueryError):
    """Whoever asks must not do this."""


class Gone(Forbidden):
    """What was allowed once and is not any more; it will not come back (RFC 9110, section 15.5.11)."""


class Unauthorized(QueryError):
    """The request has no valid credentials; the response asks for a bearer token (RFC 9110, section 15.5.2)."""


# The more special types come first.
_STATUS: Final[Mapping[type[QueryError], int]] = MappingProxyType(
    {NotFound: 404, Gone: 410, Forbidden: 403, Unauthorized: 401, SourceUnavailable: 503}
)


def json_response(content: Any, status: int = 200) -> Response:
    """A JSON response that browsers revalidate for each use."""
    answer = Response(orjson.dumps(content, option=OPTIONS), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def handle_errors(handler: Handler) -> Handler:
    """Decorator: typed errors of the handler become status 400, 401, 403, 404, 410 or 503 with a message."""

    @wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        try:
            return handler(*args, **kwargs)
        except QueryError as error:
            return error_response(error)

    return wrapped  # type: ignore[return-value]


def handle_store_errors(handler: Handler) -> Handler:
    """Decorator: typed errors of the handler become a response that a page can show.

    Invalid input is status 400 or 404. A failed store is not a failure of this app: status 200 with the error in the
    body, not cached.
    """

    @wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        try:
            return handler(*args, **kwargs)
        except (InvalidInput, NotFound) as error:
            return error_response(error)
        except QueryError as error:
            return store_error_response(error)

    return wrapped  # type: ignore[return-value]


def store_error_response(error: QueryError, **more: Any) -> Response:
    """The response when a store fails: status 200, not cached, with the error and the fields of `more` in the body."""
    answer = json_response({"error": error_json(error), **more})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def error_response(error: QueryError, status: int = 0) -> Response:
    """The error as JSON; the status code depends on its type unless one is given."""
    answer = json_response({"error": error_json(error)}, status or status_of(error))
    if isinstance(error, Unauthorized):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def status_of(error: QueryError) -> int:
    """The status code of an error, 400 for those of the address."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def error_json(error: QueryError) -> dict[str, Any]:
    """The fields of an error: message, hint, the parameter that caused it, the position in the search text."""
    field = error.field if isinstance(error, InvalidInput) else ""
    place = {"position": error.position} if isinstance(error, GrammarError) else {}
    return {"sentence": visible(error.sentence), "hint": visible(error.hint), "field": field, **place}
