"""Long lines cut for lists: a page of lines stays small whatever services write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from queries.logs.types import LogFailure, LogLine
from queries.search.results import text_of

CUT: Final = 8_192  # characters of a message, a template or a stack
CUT_VALUE: Final = 1_024  # of a property
MOST_FIELDS: Final = 200
MOST_CAUSES: Final = 10


def cut(line: LogLine) -> LogLine:
    """The line as lists show it; `is_cut` when something of it is missing."""
    kept, shortened = _kept(line)
    return replace(
        line, message=line.message[:CUT], template=line.template[:CUT], fields=kept,
        failure=_failure(line.failure) if line.failure else None,
        more_fields=len(line.fields) - len(kept), is_cut=shortened or len(line.message) > CUT,
    )  # fmt: skip


def _failure(failure: LogFailure) -> LogFailure:
    causes = tuple(_failure(one) for one in failure.causes[:MOST_CAUSES])
    return replace(failure, message=failure.message[:CUT], stack=failure.stack[:CUT], causes=causes)


def _kept(line: LogLine) -> tuple[dict[str, Any], bool]:
    kept = dict(list(line.fields.items())[:MOST_FIELDS])
    shortened = False
    for name, value in kept.items():
        text = value if isinstance(value, str) else text_of(value) if isinstance(value, dict | list) else ""
        if len(text) > CUT_VALUE:
            kept[name], shortened = text[:CUT_VALUE], True
    return kept, shortened or len(kept) < len(line.fields)
