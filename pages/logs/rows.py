"""Log lines as rows of a list: time, level, service, chosen columns, message. A row opens in place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.page_url import PageUrl
from panels.markup import tag
from queries.logs.types import LogFailure, LogLine
from queries.search.results import text_of

SHOWN: Final = 600  # characters of a message in a list
SHOWN_VALUE: Final = 80
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_RESET: Final = re.compile(r"\x1b\[0*m")
SUMMARY: Final = 12  # fields that stand for a message


def instant(at_ns: int) -> Markup:
    """A time to the millisecond: UTC until the browser writes it in the viewer's zone."""
    try:
        text = (
            datetime.fromtimestamp(at_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{at_ns // 1_000_000 % 1000:03}"
        )
    except (OverflowError, ValueError, OSError):
        text = str(at_ns)
    return tag("time", text, data_ms=at_ns // 1_000_000, class_="log-time")


def level(line: LogLine) -> Markup:
    """The level as a word; colour is added to it."""
    return tag("b", line.level or line.raw_level[:12] or "–", class_="log-level", data_level=line.level)


def table(lines: Sequence[LogLine], url: PageUrl, columns: Sequence[str] = ()) -> Markup:
    """The list with its head; the head drops columns."""
    style = f"--columns:{' fit-content(220px)' * len(columns)}" if columns else None
    return tag(
        "div",
        _head(url, columns),
        tag("ol", *rows(lines, columns), class_="log-lines", id="log-lines"),
        class_="log-table" + (" has-columns" if columns else ""),
        style=style,
    )


def rows(lines: Iterable[LogLine], columns: Sequence[str] = ()) -> list[Markup]:
    """The rows of lines."""
    return [row(line, columns) for line in lines]


def row(line: LogLine, columns: Sequence[str] = (), *, here: bool = False, element: str = "li") -> Markup:
    """One line, closed; `element` is `div` within another list."""
    cells = [_cell(name, line) for name in columns]
    head = tag(
        "div",
        tag("button", class_="fold", type="button", aria_expanded="false", aria_label="Open this line"),
        instant(line.at_ns),
        level(line),
        tag("span", line.service, class_="log-service"),
        *cells,
        _message(line),
        class_="log-row",
    )
    return tag(element, head, data_line=line.id, data_level=line.level, class_="log-line here" if here else "log-line")


def _message(line: LogLine) -> Markup:
    message = strip_ansi(line.message)
    text = message[:SHOWN] + ("…" if len(message) > SHOWN else "")
    failure = line.failure
    if failure and (failure.kind or failure.message):
        exception = (
            f"{failure.kind}: {failure.message}" if failure.kind and failure.message else failure.kind + failure.message
        )
        return tag("span", text, tag("em", exception[:200], class_="bad"), class_="log-text")
    return tag("span", text or _summary(line) or "(no message)", class_="log-text")


def strip_ansi(text: str) -> str:
    """A text without the colours of a terminal, where it switches them off again; else what it says is shown."""
    return _COLOURS.sub("", text) if _RESET.search(text) else text


def _summary(line: LogLine) -> str:
    """What a line without a message says: its fields."""
    pairs = (f"{name}={text_of(value)[:SHOWN_VALUE]}" for name, value in line.fields.items() if value is not None)
    return "  ".join(itertools.islice(pairs, SUMMARY))[:SHOWN]


def _cell(name: str, line: LogLine) -> Markup:
    text = value_of(line, name)
    return tag("span", text[:SHOWN_VALUE] + ("…" if len(text) > SHOWN_VALUE else ""), class_="log-cell", data_name=name)


def value_of(line: LogLine, name: str) -> str:
    """A field of the line as text, empty without one; canonical names before the line's own."""
    known = _canonical(line)
    return text_of(known[name] if name in known else line.fields.get(name, ""))


def canonical_values(line: LogLine) -> list[tuple[str, str]]:
    """Fields that every store knows, with values; without the message and the exception."""
    return [(name, value) for name, value in _canonical(line).items() if value and name not in _TOLD]


_TOLD: Final = ("message", "exception")


def _canonical(line: LogLine) -> dict[str, str]:
    failure = line.failure or LogFailure()
    return {
        "level": line.level or line.raw_level,
        "service": line.service,
        "logger": line.logger,
        "host": line.host,
        "message": line.message,
        "template": line.template,
        "correlation_id": line.correlation_id,
        "trace_id": line.trace_id,
        "span_id": line.span_id,
        "exception.type": failure.kind,
        "exception": failure.message,
    }


def _head(url: PageUrl, columns: Sequence[str]) -> Markup:
    chosen = [
        tag(
            "span",
            name,
            ui.link(
                url.href(cols=",".join(column for column in columns if column != name)),
                "×",
                class_="drop",
                title=f"Without the column {name}",
            ),
            class_="log-cell",
        )
        for name in columns
    ]
    titles = [tag("span", title) for title in ("", "Time", "Level", "Service")]
    return tag("div", *titles, *chosen, tag("span", "Message"), class_="log-head log-row")
