"""Cursors: where a page goes on, as text that survives a URL. Whoever changes one gets an error, never a crash."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from queries.core.errors import InvalidInput


def encode(kind: str, *parts: Any) -> str:
    """A cursor of that kind."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *parts])).decode().rstrip("=")


def decode(kind: str, text: str, *types: type) -> list[Any]:
    """Its parts, of exactly these types. Raises InvalidInput."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        found = None
    fits = isinstance(found, list) and len(found) == len(types) + 1 and found[0] == kind
    if not fits or not all(type(part) is wanted for part, wanted in zip(found[1:], types, strict=True)):
        raise InvalidInput("cursor", "This page's address is not understood.", "Start from the first page.")
    parts: list[Any] = found[1:]
    return parts
