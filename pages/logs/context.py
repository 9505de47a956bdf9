"""One line: everything it has, and the lines before and after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from markupsafe import Markup

from pages import components as ui
from pages.logs.query import BESIDE, MOST_BESIDE, LineQuery, columns_of, searching, with_column
from pages.logs.rows import canonical_values, instant, row, strip_ansi
from pages.page_url import MAX_LENGTH, PageUrl
from panels.markup import join, tag
from queries.logs.names import canonical_name
from queries.logs.types import LogContext, LogFailure, LogLine
from queries.search.results import text_of

LONG: Final = 4_000  # characters of a value shown at once
_AROUND: Final = {"file": "In the same file", "host": "On the same host", "correlation": "Of the same request"}


def section(query: LineQuery, context: LogContext) -> Markup:
    """The line between others."""
    url = query.url
    rows = (
        [row(line) for line in context.before] + [row(context.line, here=True)] + [row(line) for line in context.after]
    )
    lines = tag("ol", *rows, class_="log-lines", id="log-lines", data_here=context.line.id)
    content = [
        ui.notes(context.quality),
        _more(url, "before", query.before, len(context.before), "earlier"),
        tag("div", lines, class_="log-table"),
        _more(url, "after", query.after, len(context.after), "later"),
    ]
    key = tag("span", context.key, class_="quiet") if context.key else ui.EMPTY
    choices = _choices(url, query.around, context.line)
    return ui.section("Lines before and after", key, *content, more=choices)


def _choices(url: PageUrl, chosen: str, line: LogLine) -> Markup:
    there = {"file": True, "host": bool(line.host), "correlation": bool(line.correlation_id)}
    links = [
        tag(
            "a",
            text,
            href=url.href(around=name),
            data_go="",
            class_="button on" if name == chosen else "button",
            aria_current="true" if name == chosen else None,
        )
        for name, text in _AROUND.items()
        if there[name] or name == chosen
    ]
    every = ui.link(searching(url, line).href(), "All lines of this time", class_="button")
    return tag("span", *links, every, class_="log-tools")


def _more(url: PageUrl, name: str, requested: int, available: int, word: str) -> Markup:
    if available < requested:
        return tag("p", f"There are no {word} ones.", class_="hint")
    if requested >= MOST_BESIDE:
        return tag("p", f"{MOST_BESIDE} lines are the most that are shown.", class_="hint")
    more = min(MOST_BESIDE, max(BESIDE, requested * 2))
    changes: dict[str, Any] = {name: more}
    return tag("p", ui.link(url.href(**changes), f"{more - requested} {word} lines", class_="button"), class_="links")


def detail(url: PageUrl, line: LogLine, *, whole: bool = False) -> Markup:
    """Everything one line has: failure, fields with filters, and where it leads."""
    here = searching(url, line)
    long = any(len(text) > LONG for _, text in _texts(line))
    content = [
        _links(line, here),
        tag("pre", _cut(strip_ansi(line.message), whole), class_="log-message"),
        _failure(line.failure, whole),
        _fields(line, here, whole),
        tag("button", "Show all of it", type="button", data_whole=line.id, class_="button")
        if long and not whole
        else "",
    ]
    return tag("div", *content, class_="log-detail")


def _texts(line: LogLine) -> Iterable[tuple[str, str]]:
    failure = line.failure or LogFailure()
    yield ("", line.message)
    for exception in (failure, *failure.causes):
        yield from (("", exception.message), ("", exception.stack))
    yield from ((name, text_of(value)) for name, value in line.fields.items())


def _cut(text: str, whole: bool) -> str:
    if whole or len(text) <= LONG:
        return text
    return f"{text[:LONG]}… ({len(text):,} characters)"


def _links(line: LogLine, here: PageUrl) -> Markup:
    links = []
    if line.trace_id:
        links.append(
            ui.link(here.to_page("/trace", id=line.trace_id, span=line.span_id), "Open trace", class_="button")
        )
    request = line.correlation_id or line.trace_id
    if request:
        links.append(ui.link(here.to_page("/logs", correlation=request), "Everything of this request", class_="button"))
    links.append(ui.link(here.to_page("/logs", line=line.id), "Lines before and after", class_="button"))
    if line.template:
        same = here.with_filter("template", line.template)
        if len(line.template) < MAX_LENGTH:
            links.append(ui.link(same, "Others of this pattern", class_="button"))
    return tag("p", instant(line.at_ns), *links, class_="links")


def _failure(failure: LogFailure | None, whole: bool) -> Markup:
    if failure is None:
        return ui.EMPTY
    title = tag("p", tag("b", failure.kind or "Exception", class_="bad"), " ", _cut(failure.message, whole))
    stack = tag("pre", _cut(failure.stack, whole), class_="stack") if failure.stack else ui.EMPTY
    return join([title, stack, *(_cause(cause, whole) for cause in failure.causes)])


def _cause(cause: LogFailure, whole: bool) -> Markup:
    return join([tag("p", "Caused by", class_="hint"), _failure(cause, whole)])


def _fields(line: LogLine, here: PageUrl, whole: bool) -> Markup:
    known = canonical_values(line)
    canonical = dict(known)
    own = [
        (name, value)
        for name, value in line.fields.items()
        if value is not None and canonical.get(canonical_name(name)) != text_of(value)
    ]
    columns = columns_of(here)
    rows = [_field(name, value, here, columns, whole) for name, value in (*known, *own)]
    place = tag("tr", tag("td"), tag("th", "place"), tag("td", line.place)) if line.place else ui.EMPTY
    more = [tag("tr", tag("td"), tag("td", f"and {line.more_fields} more fields"))] if line.more_fields else []
    return tag("table", tag("tbody", *rows, place, *more), class_="pairs log-fields")


def _field(name: str, value: Any, here: PageUrl, columns: tuple[str, ...], whole: bool) -> Markup:
    text = text_of(value)
    buttons = []
    if text and len(text) < MAX_LENGTH // 2 and len(name) < 200:
        buttons += [
            ui.link(here.with_filter(name, text), "+", class_="act", title=f"Only {name} {text[:80]}"),
            ui.link(here.with_filter(name, text, negated=True), "−", class_="act", title=f"Without {name} {text[:80]}"),
        ]
    if "," not in name and len(name) < 200:
        word = "Drop" if name in columns else "Add"
        buttons.append(ui.link(with_column(here, name), "▥", class_="act", title=f"{word} the column {name}"))
    return tag("tr", tag("td", *buttons, class_="acts"), tag("th", name), tag("td", _cut(text, whole)))
