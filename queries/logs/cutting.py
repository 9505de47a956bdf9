"""Truncation of long log lines in lists, so that a page of lines has a bounded size."""

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
    """The truncated line for lists; `is_cut` is true if something is missing."""
    fields, shortened = _cut_fields(line)
    return replace(
        line,
        message=line.message[:CUT],
        template=line.template[:CUT],
        fields=fields,
        failure=_failure(line.failure) if line.failure else None,
        more_fields=len(line.fields) - len(fields),
        is_cut=shortened or len(line.message) > CUT,
    )


def _failure(failure: LogFailure) -> LogFailure:
    causes = tuple(_failure(cause) for cause in failure.causes[:MOST_CAUSES])
    return replace(failure, message=failure.message[:CUT], stack=failure.stack[:CUT], causes=causes)


def _cut_fields(line: LogLine) -> tuple[dict[str, Any], bool]:
    fields = dict(list(line.fields.items())[:MOST_FIELDS])
    shortened = False
    for name, value in fields.items():
        text = value if isinstance(value, str) else text_of(value) if isinstance(value, dict | list) else ""
        if len(text) > CUT_VALUE:
            fields[name], shortened = text[:CUT_VALUE], True
    return fields, shortened or len(fields) < len(line.fields)
