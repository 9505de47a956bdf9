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


def refusal(error: QueryError, **more: Any) -> Response:
    """The error as a status code and a sentence; `more` stands beside it."""
    return json_answer({"error": _error(error), **more}, _status(error))


def _status(error: QueryError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 503 if isinstance(error, SourceUnavailable) else 400


def _error(error: QueryError) -> dict[str, Any]:
    field = error.field if isinstance(error, InvalidInput) else ""
    place = {"position": error.position} if isinstance(error, GrammarError) else {}
    return {"sentence": visible(error.sentence), "hint": visible(error.hint), "field": field, **place}
