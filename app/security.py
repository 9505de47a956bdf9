"""Headers that every answer carries, and which paths exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response, request

FRAMABLE = "/embed/"


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
