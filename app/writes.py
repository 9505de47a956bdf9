"""Who writes, and whether a page of this app sends the request. The same for silences and acknowledgements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Request

from app.json_responses import Forbidden
from queries.core.errors import InvalidInput

LONGEST_NAME: Final = 100


def refuse_other_sites(received: Request) -> None:
    """Raises Forbidden for requests that a page of another site may have caused."""
    site = received.headers.get("Sec-Fetch-Site", "")
    origin = received.headers.get("Origin", "")
    if site not in ("", "same-origin", "none") or (origin and origin.split("//")[-1] != received.host):
        raise Forbidden("Requests from other sites are refused.", "Open the page of this app.")
    if received.mimetype != "application/json":
        raise InvalidInput("body", "The body must be JSON.", "Set Content-Type: application/json.")


def user(received: Request, header: str, typed: Callable[[], str]) -> str:
    """Who writes: as the proxy says in `header`, or the `typed` name where no proxy is in between.

    Raises Forbidden if the proxy does not say it, and InvalidInput for names that cannot be used.
    """
    if header:
        name = received.headers.get(header, "").strip()
        if not name:
            raise Forbidden(f"The proxy did not send the header {header}.", "Sign in, then try again.")
    elif received.headers.get("X-Forwarded-For"):
        raise Forbidden(
            "The proxy does not tell who you are.",
            "The operator sets CODEAGENT_USER_HEADER to the header with the user's name.",
        )
    else:
        name = typed().strip()
    if not name:
        raise InvalidInput("user", "Changes need your name, so that others see who made them.", "Write your name.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput("user", f"A name has at most {LONGEST_NAME} printable characters.")
    return name
