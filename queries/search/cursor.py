"""Pagination cursors: URL-safe base64 of a JSON list. A modified cursor raises InvalidInput."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from queries.core.errors import InvalidInput


def encode(kind: str, *parts: Any) -> str:
    """Encode a cursor of this kind."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *parts])).decode().rstrip("=")


def decode(kind: str, text: str, *types: type) -> list[Any]:
    """The cursor's parts, of exactly these types. Raises InvalidInput."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        content = None
    fits = isinstance(content, list) and len(content) == len(types) + 1 and content[0] == kind
    if not fits or not all(type(part) is expected for part, expected in zip(content[1:], types, strict=True)):
        raise InvalidInput("cursor", "The page cursor is not valid.", "Start from the first page.")
    parts: list[Any] = content[1:]
    return parts
