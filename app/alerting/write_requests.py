"""Bodies of writes, and the token that they need.

A page receives the token as a cookie of the same site and in the body, and repeats it in a header (double submit). A
page of another site can neither send the header nor read the token.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final

import orjson
from flask import Request, Response

from app.json_responses import Forbidden
from queries.core.errors import InvalidInput

COOKIE: Final = "codeagent_write_token"
HEADER: Final = "X-Write-Token"
LARGEST: Final = 16 * 1024  # bytes of a body


def give_token(received: Request, answer: Response) -> str:
    """The token of this browser, set as a cookie of the answer unless the browser has it already."""
    token = received.cookies.get(COOKIE, "") or secrets.token_urlsafe(32)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=received.is_secure)
    return token


def check_token(received: Request) -> None:
    """Raise Forbidden unless the request repeats the token of its cookie."""
    cookie, header = received.cookies.get(COOKIE, ""), received.headers.get(HEADER, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), header.encode()):
        raise Forbidden(f"The header {HEADER} is missing or does not match.", "Load the page again.")


def body(received: Request) -> dict[str, Any]:
    """The JSON object that a request carries. Raises InvalidInput."""
    data = received.get_data() if (received.content_length or 0) <= LARGEST else b""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise InvalidInput("body", f"The body is not a JSON object of at most {LARGEST:,} bytes.")
    return value


def text(fields: dict[str, Any], name: str, longest: int) -> str:
    """A text of the body, empty if it is absent. Raises InvalidInput."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidInput(name, f"“{name}” is not a text of at most {longest} characters.")
    return value.strip()
