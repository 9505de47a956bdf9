"""Everything of one request: its log lines over all services, and the spans of its traces, in order of time."""

from __future__ import annotations

from markupsafe import Markup

from pages import components as ui
from pages.logs.load import RequestModel, RequestSpans
from pages.logs.query import RequestQuery
from pages.logs.rows import row
from pages.page_url import PageUrl
from panels.markup import tag
from queries.logs.types import LogLine, LogPage
from queries.traces.types import Span


def section(query: RequestQuery, model: RequestModel) -> Markup:
    """Lines and spans in order of time."""
    title, page, spans = title_of(query), model.page, model.spans
    if not page.lines and not spans.spans:
        empty = ui.empty_state(
            "Nothing carries this id.", "Look for missing characters, or ask for a request that is not so old."
        )
        return ui.section(title, empty, ui.notes(page.quality, *spans.notes))
    return _section(title, page, spans, query.url)


def title_of(query: RequestQuery) -> str:
    """What the page is about."""
    return f"Everything of {query.correlation}"


def _section(title: str, page: LogPage, request_spans: RequestSpans, url: PageUrl) -> Markup:
    moments = [line.at_ns for line in page.lines] + [
        time_ns for span in request_spans.spans for time_ns in (span.start_ns, span.end_ns)
    ]
    start, end = min(moments), max(moments)
    order = list(dict.fromkeys(_services(page.lines, request_spans.spans)))
    rows = [(line.at_ns, 1, _line(line, start)) for line in page.lines]
    rows += [(span.start_ns, 0, _span(span, start, end, order, url)) for span in request_spans.spans]
    listed = tag(
        "ol",
        *(element for *_, element in sorted(rows, key=lambda row_key: row_key[:2])),
        class_="log-lines log-request",
        id="log-lines",
    )
    notices = [*request_spans.notes, *_left_out(page, request_spans)]
    traces = [
        ui.link(url.to_page("/trace", id=element), "Open trace", class_="button") for element in request_spans.trace_ids
    ]
    facts, notes = _facts(page, request_spans, order, start, end), ui.notes(page.quality, *notices)
    table = tag("div", listed, class_="log-table")
    return ui.section(title, facts, notes, table, more=tag("span", *traces, class_="log-tools"))


def _services(lines: tuple[LogLine, ...], spans: tuple[Span, ...]) -> list[str]:
    return sorted({span.service for span in spans if span.service} | {line.service for line in lines if line.service})


def _facts(page: LogPage, request_spans: RequestSpans, order: list[str], start: int, end: int) -> Markup:
    services = [tag("span", ui.swatch(name, order), name, class_="service") for name in order]
    failed = sum(span.is_error for span in request_spans.spans) + sum(
        line.level in ("Error", "Fatal") for line in page.lines
    )
    facts = [
        ui.moment(start),
        tag("b", ui.duration(end - start)),
        ui.count_text(page.total, "line", "lines"),
        f"{len(request_spans.spans):,} {'span' if len(request_spans.spans) == 1 else 'spans'}",
        tag("span", f"{failed:,} failed", class_="bad") if failed else "no errors",
    ]
    return tag("p", *(tag("span", fact) for fact in facts), *services, class_="facts")


def _left_out(page: LogPage, request_spans: RequestSpans) -> list[str]:
    notices = []
    if page.next or page.total.value > len(page.lines):
        notices.append(f"Only the first {len(page.lines):,} lines are shown.")
    if request_spans.missing:
        traces = "trace was" if len(request_spans.missing) == 1 else "traces were"
        notices.append(
            f"The spans of {len(request_spans.missing)} {traces} not kept: only a sample of requests is kept as "
            "traces, and not for ever. The lines are complete."
        )
    return notices


def _offset(at_ns: int, start: int) -> Markup:
    return tag("span", f"+{ui.duration(at_ns - start)}", class_="log-offset")


def _line(line: LogLine, start: int) -> Markup:
    return tag("li", _offset(line.at_ns, start), row(line, element="div"), class_="log-entry")


def _span(span: Span, start: int, end: int, order: list[str], url: PageUrl) -> Markup:
    width = max(1, end - start)
    left, share = 100 * (span.start_ns - start) / width, max(0.3, 100 * max(0, span.duration_ns) / width)
    bar = tag(
        "span", tag("i", style=f"left:{min(left, 99.5):.2f}%;width:{min(share, 100 - left):.2f}%"), class_="log-length"
    )
    name = tag("span", span.name or "unnamed", class_="bad" if span.is_error else None)
    link = ui.link(
        url.to_page("/trace", id=span.trace_id, span=span.span_id),
        ui.swatch(span.service, order),
        tag("span", span.service, class_="log-service"),
        name,
        tag("b", ui.duration(span.duration_ns)),
        bar,
        class_="log-span",
        title="Open this span",
    )
    return tag(
        "li",
        _offset(span.start_ns, start),
        link,
        class_="log-entry is-span",
        style=ui.colour(span.service, order),
    )
