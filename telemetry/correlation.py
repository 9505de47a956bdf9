"""Correlation ids: taken from the caller if well formed, else made; in every log line, span and outgoing call."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Correlation-ID"
ATTRIBUTE: Final = "correlation.id"
# Letters, digits and the few marks that ids are made of: nothing that could end a header or a log line.
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")

_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current() -> str:
    """The correlation id of the current work; empty without one."""
    return _current.get()


def set_current(correlation_id: str) -> None:
    """Use this id for the rest of the current context (a request, a task)."""
    _current.set(correlation_id)


def well_formed(value: str) -> bool:
    """Whether an id is short, plain and safe to log and send on."""
    return _WELL_FORMED.fullmatch(value) is not None


def accept(offered: str | None) -> tuple[str, bool]:
    """The id to use, and whether one was offered that had to be replaced."""
    if offered is not None and well_formed(offered):
        return offered, False
    return new(), bool(offered)


def new() -> str:
    """A fresh id: 32 hexadecimal digits."""
    return uuid.uuid4().hex
