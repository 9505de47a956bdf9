"""Answers of the data addresses: JSON, and typed errors as a status code and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import Response

from app.encode import OPTIONS
from panels.visible import visible
from queries.core.errors import InvalidInput, QueryError, SourceUnavailable
from queries.search.grammar import GrammarError

Handler = TypeVar("Handler", bound=Callable[..., Response])


class NotFound(QueryError):
    """No such board, panel or filter."""


def json_answer(content: Any, status: int = 200) -> Response:
    """JSON that browsers ask for anew each time."""
    answer = Response(orjson.dumps(content, option=OPTIONS), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def errors(handler: Handler) -> Handler:
    """A handler whose typed errors become 400, 404 or 503 with a sentence."""

    @wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        try:
            return handler(*args, **kwargs)
        except QueryError as error:
            return refusal(error)

    return wrapped  # type: ignore[return-value]


def store_errors(handler: Handler) -> Handler:
    """A handler whose typed errors become an answer that a page can show: trouble of a store is no fault of this app.

    Bad input is 400 or 404; everything else 200 with the error in the body, which nothing may keep.
    """

    @wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        try:
            return handler(*args, **kwargs)
        except (InvalidInput, NotFound) as error:
            return refusal(error)
        except QueryError as error:
            return trouble(error)

    return wrapped  # type: ignore[return-value]


def trouble(error: QueryError, **more: Any) -> Response:
    """A store gave no answer: the error stands in a body that nothing may keep; `more` stands beside it."""
    answer = json_answer({"error": error_json(error), **more})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def refusal(error: QueryError, status: int = 0) -> Response:
    """The error as a sentence, with a status code of its own kind unless one is given."""
    return json_answer({"error": error_json(error)}, status or _status(error))


def _status(error: QueryError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 503 if isinstance(error, SourceUnavailable) else 400


def error_json(error: QueryError) -> dict[str, Any]:
    """What a page shows of an error: sentence, hint, the parameter it is about, the place in the search text."""
    field = error.field if isinstance(error, InvalidInput) else ""
    place = {"position": error.position} if isinstance(error, GrammarError) else {}
    return {"sentence": visible(error.sentence), "hint": visible(error.hint), "field": field, **place}
