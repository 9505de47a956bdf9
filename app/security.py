"""Who may ask, and headers that every answer carries.

Without sign-in only this machine may ask (a proxy with sign-in beside the app is on this machine), and only under a
known name: a page of another site whose name is made to point to loopback carries that site's name in `Host`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

from flask import Flask, Response, request

from app.setting_values import is_loopback
from app.settings import PREFIX, Settings
from queries.core.redact import redact

FRAMABLE = "/embed/"
# A probe of an orchestrator asks by whatever name it has, and learns nothing but the state.
ANY_NAME = ("/health/live", "/health/ready")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:/@\s]+)(:\d{1,5})?", re.IGNORECASE)


def guard(server: Flask, settings: Settings) -> None:
    """Refuse requests from other machines with 403, and requests for an unknown host name with 400."""

    @server.before_request
    def known() -> Response | None:
        peer = request.environ.get("REMOTE_ADDR", "")
        if peer and not peer.startswith("unix:") and not is_loopback(peer):
            return _refusal(403, "This app has no sign-in and answers this machine only. Ask the proxy in front of it.")
        host = request.environ.get("HTTP_HOST", "")
        if host and request.path not in ANY_NAME and not is_allowed(host, settings.allowed_hosts):
            name = redact(host)[:80]
            return _refusal(
                400, f"“{name}” is not a name of this app. The operator can add it to {PREFIX}ALLOWED_HOSTS."
            )
        return None


def is_allowed(host: str, allowed: Sequence[str]) -> bool:
    """Whether a Host header names this app: an IP address, a loopback name, or one of `allowed`.

    An address cannot be made to point elsewhere, so any may be used. `.example.org` allows every name below it.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1].lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or _is_address(name):
        return True
    return any(
        name.endswith(pattern) if pattern.startswith(".") else name == pattern
        for pattern in (allowed_name.rstrip(".") for allowed_name in allowed)
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _refusal(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})


def protect(server: Flask, embed_origins: Sequence[str], script_hashes: Callable[[], Sequence[str]]) -> None:
    """Add the Content-Security-Policy and its companions to every answer of the server."""

    @server.after_request
    def headers(answer: Response) -> Response:
        framable = request.path.startswith(FRAMABLE)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if answer.mimetype == "text/html":
            answer.headers["Content-Security-Policy"] = policy(embed_origins if framable else (), script_hashes())
            answer.headers["Cache-Control"] = "no-cache"
        if not (framable and embed_origins):
            answer.headers["X-Frame-Options"] = "DENY"
        return answer


def policy(framed_by: Sequence[str], script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy of a page. Plotly and Dash set styles from scripts, hence 'unsafe-inline' there."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(framed_by) if framed_by else chr(39) + 'none' + chr(39)}",
        )
    )
