"""The bearer token of a request (RFC 6750); it is read from its file for each request, so that it can be rotated."""

from __future__ import annotations

import hmac
from pathlib import Path

from flask import Request

from app.json_responses import Unauthorized


def check_token(received: Request, token_file: Path | None) -> None:
    """Raise Unauthorized unless the request has the token in the file. Without a file nobody has it.

    The scheme may be written in any case (RFC 9110, section 11.1).
    """
    expected = token_file.read_text(encoding="utf-8").strip() if token_file else ""
    scheme, _, token = received.headers.get("Authorization", "").partition(" ")
    matches = hmac.compare_digest(token.strip().encode(), expected.encode())
    if not expected or scheme.lower() != "bearer" or not matches:
        raise Unauthorized("The bearer token is missing or wrong.", "Send Authorization: Bearer TOKEN.")
