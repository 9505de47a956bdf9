"""A line of compact JSON (CLEF) as the columns of a row.

The format is Serilog's (`Serilog.Formatting.Compact`): `@t @mt @m @l @x @i @r @tr @sp`, properties beside them, `@@`
for a property whose name begins with `@`, no `@l` for Information. `telemetry/sinks.py` writes the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from queries.logs.levels import level_of
from queries.logs.types import LEVELS
from queries.search.results import plain, text_of
from queries.stores.values import nanoseconds

_HOLE: Final = re.compile(r"\{\{|\}\}|\{[@$]?(\w+)(?:,[^:}]*)?(?::([^}]*))?\}")  # doubled braces stand for one
_EXCEPTION: Final = re.compile(
    r"^(?:[\w$`]+\.)*([\w$`]*(?:Error|Exception|Exit|Interrupt|Fault|Timeout)\w*)\b:?(.*)$", re.M
)
_FORMAT: Final = re.compile(r"[,0]?\d{0,2}(?:\.\d{1,2})?[defgn%]?")  # a width of millions would fill the memory
_DIGITS: Final = re.compile(r"(0{1,20})(?:\.(0{1,20}))?")  # .NET's 000 and 0.00
LONGEST_MESSAGE: Final = 1_000_000  # characters: a template may name a long property a thousand times
_NAMES: Final = {
    "service": ("Application", "service.name", "ServiceName"),
    "host": ("MachineName", "host.name", "Host", "HostName"),
    "logger": ("SourceContext",),
    "environment": ("EnvironmentName", "Environment", "deployment.environment.name"),
    "trace_id": ("TraceId", "trace_id", "trace.id"),
    "span_id": ("SpanId", "span_id", "span.id"),
    "correlation_id": ("CorrelationId", "correlation_id", "correlation.id"),
}


class Row(NamedTuple):
    """One line's columns, in the order of the table; `level` is 1 + its place in LEVELS, 0 unknown."""

    at_ns: int
    level: int
    raw_level: str
    message: str
    template: str
    service: str
    host: str
    logger: str
    environment: str
    trace_id: str
    span_id: str
    correlation_id: str
    failure_kind: str
    failure: str
    fields: str


def row(line: bytes) -> Row | None:
    """The row; None for a line that is no event (no JSON object, without a readable time, nested beyond 254 levels)."""
    try:
        content = orjson.loads(line)
        return event_row(content) if isinstance(content, dict) else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


def event_row(event: dict[str, Any]) -> Row | None:
    """The row of a decoded event; None without a readable time. Raises JSONEncodeError for what nests too deep."""
    at_ns = nanoseconds(event.get("@t"))
    return None if at_ns is None else _row(at_ns, event)


def _row(at_ns: int, event: dict[str, Any]) -> Row:
    properties = {
        key[1:] if key.startswith("@@") else key: plain(value) for key, value in event.items() if _is_property(key)
    }
    template = _text(event.get("@mt"))
    message = _text(event.get("@m"))
    if event.get("@m") is None:
        message = render(template, properties, _renderings(event.get("@r")))
    raw = "Information" if event.get("@l") is None else _text(event["@l"])
    level = level_of(raw)
    stack = _text(event.get("@x"))
    known = {name: _first(properties, names) for name, names in _NAMES.items()}
    known["trace_id"] = known["trace_id"] or _text(event.get("@tr"))
    known["span_id"] = known["span_id"] or _text(event.get("@sp"))
    return Row(
        at_ns,
        LEVELS.index(level) + 1 if level else 0,
        raw,
        message,
        template,
        known["service"],
        known["host"],
        known["logger"],
        known["environment"],
        known["trace_id"],
        known["span_id"],
        known["correlation_id"],
        failure_kind(stack),
        stack,
        orjson.dumps(properties).decode(),
    )


def render(template: str, properties: Mapping[str, Any], renderings: Sequence[str] = ()) -> str:
    """The template with its holes filled; a hole without its property stays as it is.

    `renderings` are the writer's own texts for the holes that have a format, in order (`@r`).
    """
    if "{" not in template and "}" not in template:
        return template
    own, pieces, size, position = iter(renderings), list[str](), 0, 0
    for hole in _HOLE.finditer(template):
        text = (next(own, None) if hole[2] else None) or _filled(hole, properties)
        pieces += [template[position : hole.start()], text]
        size, position = size + len(pieces[-2]) + len(text), hole.end()
        if size > LONGEST_MESSAGE:
            return "".join(pieces)[:LONGEST_MESSAGE] + "…"
    return "".join(pieces) + template[position:]


def _renderings(listed: Any) -> list[str]:
    return [_text(entry) for entry in listed] if isinstance(listed, list) else []


def _filled(hole: re.Match[str], properties: Mapping[str, Any]) -> str:
    name, form = hole[1], hole[2]
    if name is None:
        return hole[0][0]
    if name not in properties:
        return hole[0]
    value = properties[name]
    if form and isinstance(value, int | float):
        if digits := _DIGITS.fullmatch(form):
            whole, decimals = len(digits[1]), len(digits[2] or "")
            return f"{value:0{whole + decimals + bool(decimals)}.{decimals}f}"
        if _FORMAT.fullmatch(form):
            try:
                return f"{value:{form}}"
            except ValueError:
                pass  # another of .NET's formats
    return str(value) if isinstance(value, int | float | str) else text_of(value)


def failure_kind(stack: str) -> str:
    """The exception's class out of a stack of .NET (first line) or Python (last line)."""
    if not stack:
        return ""
    last_first = stack.startswith("Traceback")
    kinds = _EXCEPTION.findall(stack[-2_000:] if last_first else stack[:2_000])
    return str(kinds[-1 if last_first else 0][0]) if kinds else ""


def _is_property(key: str) -> bool:
    return not key.startswith("@") or key.startswith("@@")


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        if properties.get(name) not in (None, ""):
            return _text(properties[name])
    return ""


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)
