"""What a free word is looked for in, beside the message and the exception: every value that a line has."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import orjson

from queries.search.results import plain, text_of
from queries.stores.duckdb.clef import Row

_BETWEEN: Final = "\n_\n"  # between two values: no phrase reaches over a word
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_KIND: Final = re.compile(
    r"(?:^|-+> ?|Caused by: )\s*((?:[\w$`]+\.)*[\w$`]*(?:Error|Exception|Exit|Interrupt|Fault|Timeout)\w*)(?=:|\s*$)",
    re.M,
)
_LOOKED_AT: Final = 100_000  # characters of a stack
_DEEPEST: Final = 20
_DIGITS: Final = re.compile(r"[+-]?\d{1,40}(\.\d{1,20})?")


class Content(NamedTuple):
    """Columns that only searches look into: texts, numbers between spaces, classes of exceptions in lines."""

    content: str
    numbers: str
    failure_kinds: str


def content_of(row: Row) -> Content:
    """Out of a row."""
    texts = [row.service, row.host, row.logger, row.environment, row.trace_id, row.span_id, row.correlation_id]
    if "\x1b[" in row.message:
        texts.append(_COLOURS.sub("", row.message))
    numbers: list[str] = []
    _sort(orjson.loads(row.fields), texts, numbers)
    kinds = dict.fromkeys([row.failure_kind, *_KIND.findall(row.failure[:_LOOKED_AT])]) if row.failure else {}
    return Content(
        _BETWEEN.join(dict.fromkeys(text for text in texts if text)),
        f" {' '.join(numbers)} " if numbers else "",
        "\n".join(kind for kind in kinds if kind),
    )


def number_text(value: str) -> str:
    """A number as the column of numbers has it; empty for what is none."""
    if not _DIGITS.fullmatch(value):
        return ""
    return text_of(plain(float(value))) if "." in value else str(int(value))


def _sort(value: Any, texts: list[str], numbers: list[str], depth: int = 0) -> None:
    """Add what lies in a value to the texts and numbers. Called for every line that is read: types decide quickly."""
    kind = type(value)
    if kind is str:
        texts.append(value)
    elif kind is int:
        numbers.append(str(value))
    elif kind is dict or kind is list:
        if depth < _DEEPEST:
            for child in value.values() if kind is dict else value:
                _sort(child, texts, numbers, depth + 1)
    elif kind is float:
        numbers.append(text_of(value))
    elif value is not None:
        texts.append(text_of(value))
