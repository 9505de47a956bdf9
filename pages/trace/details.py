"""Everything one span has, and the log lines of a trace, as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from pages import components as ui
from pages.page_url import PageUrl
from pages.store_call import StoreResult
from pages.trace.load import LINES, SpanModel
from panels.markup import join, tag
from queries.logs.types import LogLine, LogPage
from queries.search.results import NANO, text_of
from queries.traces.arrange import Arranged
from queries.traces.types import Span, SpanEvent

LISTED: Final = 50  # elements of a list that are shown one by one
LONG: Final = 4_000  # characters of a value shown at once


def span_detail(url: PageUrl, model: SpanModel) -> Markup:
    """Everything a span has, and its log lines."""
    span = model.span
    sections = [
        _facts(span),
        tag("p", span.status_message, class_="bad") if span.status_message else ui.EMPTY,
        *(_event(event, span) for event in span.events),
        _pairs("Attributes", span.attributes, url, is_open=True),
        _lines_of_span(span, url, model.lines),
        _span_links(span, url),
        _pairs("Resource", span.resource, url, is_open=False),
    ]
    return join(sections)


def _facts(span: Span) -> Markup:
    words = [f"kind {span.kind}" if span.kind else "", f"status {span.status}" if span.status != "unset" else ""]
    listed = [tag("span", word) for word in words if word]
    return tag("p", *listed, tag("code", span.span_id), class_="facts")


def _event(event: SpanEvent, span: Span) -> Markup:
    offset = f"after {ui.duration(event.at_ns - span.start_ns)}"
    if event.name != "exception":
        return _pairs(f"{event.name or 'Event'} {offset}", event.attributes, None, is_open=False)
    kind, message, stack = (
        text_of(event.attributes.get(f"exception.{name}", "")) for name in ("type", "message", "stacktrace")
    )
    trace = tag("pre", _cut(stack), class_="stack") if stack else ui.EMPTY
    return tag(
        "details",
        tag("summary", tag("b", kind or "Exception", class_="bad"), f" {message} {offset}"),
        trace,
        class_="exception",
        open="",
        data_key="exception",
    )


def _pairs(title: str, pairs: Mapping[str, Any], url: PageUrl | None, *, is_open: bool) -> Markup:
    if not pairs:
        return ui.EMPTY
    rows = [tag("tr", tag("th", name), tag("td", _value(name, value, url))) for name, value in sorted(pairs.items())]
    opened = {"open": ""} if is_open else {}
    table = tag("table", tag("tbody", *rows), class_="pairs")
    return tag("details", tag("summary", f"{title} ({len(pairs)})"), table, data_key=title, **opened)


def _value(name: str, value: Any, url: PageUrl | None) -> Markup | str:
    if (
        isinstance(value, list)
        and 0 < len(value) <= LISTED
        and not any(isinstance(element, list | dict) for element in value)
    ):
        return join([tag("span", _value(name, element, url), class_="element") for element in value])
    text = text_of(value)
    if url is None or len(text) > 200:
        return _cut(text)
    href = url.to_page("/traces", f=[f"{name.replace(':', chr(92) + ':')}:{text}"])
    return ui.link(href, text, title=f"Traces with {name} {text}")


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}… ({len(text):,} characters)"


def _span_links(span: Span, url: PageUrl) -> Markup:
    links = [
        ui.link(url.to_page("/trace", id=target.trace_id, span=target.span_id), target.trace_id)
        for target in span.links
    ]
    return tag("p", "Follows from ", *links) if links else ui.EMPTY


def _lines_of_span(span: Span, url: PageUrl, outcome: StoreResult[LogPage] | None) -> Markup:
    if outcome is None:
        return ui.EMPTY
    if outcome.error is not None:
        return ui.error_message(outcome.error.sentence, outcome.error.hint)
    page = outcome.get()
    lines = [_line(line, span.start_ns, url) for line in page.lines]
    around = url.to_page("/logs", from_=str(span.start_ns // NANO - 5), to=str(span.end_ns // NANO + 6))
    links = tag("p", ui.link(around, "Log lines around here", class_="quiet"))
    listed = tag("ol", *lines, class_="lines") if lines else tag("p", "No line was written within this span.")
    title = f"Log lines ({page.total.value})"
    return tag("details", tag("summary", title), listed, links, open="", data_key="lines")


def lines(trace: Arranged, page: LogPage, url: PageUrl) -> Markup:
    """The log lines of the trace by time."""
    if not page.lines:
        return ui.empty_state(
            "No log line carries this trace's id.", "Logs may be kept for a shorter time than traces."
        )
    rows = [_line(line, trace.start_ns, url, with_span=True) for line in page.lines]
    note = f"The first {LINES} of {page.total.value:,} lines." if page.next else ""
    return join([tag("ol", *rows, class_="lines"), ui.notes(page.quality, *([note] if note else []))])


def _line(line: LogLine, origin_ns: int, url: PageUrl, *, with_span: bool = False) -> Markup:
    level = line.level or line.raw_level or "–"
    offset = tag("span", f"+{ui.duration(max(0, line.at_ns - origin_ns))}", class_="when")
    text = tag("span", line.message, class_="line-text")
    failure = tag("pre", _cut(line.failure.stack), class_="stack") if line.failure and line.failure.stack else ui.EMPTY
    span = {"data_span": ui.span_parameter(line.span_id, line.service)} if with_span and line.span_id else {}
    word = tag("b", level, class_="level", data_level=line.level)
    more = ui.link(url.to_page("/logs", line=line.id), "⋯", class_="quiet", title="The lines around it")
    return tag("li", offset, word, text, more, failure, data_line=line.id, **span)
