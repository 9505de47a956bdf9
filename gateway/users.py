"""Who asks: the API key of a request, looked up in the session cache, else in the database."""

from __future__ import annotations

import sqlalchemy as sa
from opentelemetry import trace
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from gateway.database import USERS
from gateway.parts import Parts

SESSION_SECONDS = 150


class Refused(Exception):
    """A request that is answered with a client error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def signed_in(parts: Parts, request: HTTPConnection) -> str:
    """The user's id, noted as active; Refused 401 when the key is missing or unknown."""
    user_id = await _user_of(parts, _key(request.headers))
    parts.measures.user_seen(user_id)
    trace.get_current_span().set_attribute("user.id", user_id)
    return user_id


async def _user_of(parts: Parts, key: str) -> str:
    known = await parts.cache.get("sessions", key)
    query = sa.select(USERS).where(USERS.c.api_key == key)
    if known is not None:
        query = sa.select(USERS.c.id, USERS.c.plan).where(USERS.c.id == known.decode())
    # Asked even when the session is known: a plan may have ended since.
    user = await parts.database.first("select_user", query)
    if user is None:
        raise Refused(401, "The API key is not known.")
    if known is None:
        await parts.cache.put("sessions", key, user["id"].encode(), SESSION_SECONDS)
    return str(user["id"])


def _key(headers: Headers) -> str:
    kind, _, key = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key or len(key) > 200:
        raise Refused(401, "An API key is needed.")
    return key
