"""One trace: its head as HTML, its spans as columns for the waterfall, the details of a span, its log lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from markupsafe import Markup

from pages import components as ui
from pages.page import Answer, Page
from pages.page_url import PageUrl
from pages.session import Session
from panels import units
from panels.markup import joined, tag
from panels.spec import Unit
from panels.visible import visible
from queries.core.errors import InvalidInput, QueryError
from queries.logs.types import LogLine, LogQuery, Paging
from queries.search.results import NANO, Filter, Range, text_of
from queries.traces.arrange import Arranged, arrange
from queries.traces.types import Span, SpanEvent, TraceQuery

ERROR: Final = 1
CRITICAL: Final = 2
ADOPTED: Final = 4
MARGIN_S: Final = 60  # log lines are looked for so much before and after the trace
LINES: Final = 500
MATCHES: Final = 10_000  # spans of one trace that a search marks
_WIDER: Final = 60 * NANO  # corrected times may lie so far from those that are searched
_METHODS: Final = ("http.request.method", "http.method")
UNSEEN: Final = 4_000  # a smaller part of the trace's width is less than a pixel
LISTED: Final = 50  # elements of a list that are shown one by one
LONG: Final = 4_000  # characters of a value shown at once
_ID: Final = frozenset("0123456789abcdefABCDEF-")


def answer(url: PageUrl, stores: Session) -> Answer:
    """The head and the spans. Raises QueryError."""
    found = arranged(url, stores)
    root = found.spans[0]
    parts = {"head": head(found, url, stores), "spans": data(found)}
    return Answer(parts, 30.0, f"{root.name or 'Trace'} · {ui.duration(found.duration_ns)}")


def arranged(url: PageUrl, stores: Session, name: str = "id") -> Arranged:
    """The trace that a parameter names. Raises InvalidInput for none, QueryError."""
    store, trace_id = stores.need_traces(), url.value(name).lower()
    if not trace_id or len(trace_id) > 64 or set(trace_id) - _ID:
        raise InvalidInput(name, f"“{trace_id[:40]}” is no trace id.", "It has 32 hexadecimal digits.")
    as_recorded = url.choice("times", ("corrected", "recorded"), "corrected") == "recorded"
    return arrange(store.trace(trace_id, stores.deadline), as_recorded=as_recorded)


def found_keys(url: PageUrl, stores: Session) -> dict[str, Any]:
    """The keys of the spans of the trace that a search (`q`, in the grammar of the search box) matches.

    Raises QueryError.
    """
    found = arranged(url, stores)
    query = TraceQuery(
        Range(min(span.start_ns for span in found.spans) - _WIDER, found.start_ns + found.duration_ns + _WIDER),
        filters=(Filter("trace_id", (found.trace_id,)),), text=url.value("q"),
    )  # fmt: skip
    matched = stores.need_traces().scatter(query, MATCHES, stores.deadline)
    wanted = {(dot.span_id, dot.service, dot.name) for dot in matched.dots}
    keys = [
        key for key, span in zip(found.keys, found.spans, strict=True)
        if (span.span_id, span.service, span.name) in wanted
    ]  # fmt: skip
    notes = [*matched.quality.notes]
    if matched.total.value > len(matched.dots):
        notes.append(f"Only {len(matched.dots):,} of {matched.total.value:,} matching spans are marked.")
    return {"keys": keys, "notes": notes}


def data(found: Arranged) -> Markup:
    """The spans as JSON in an element that is no script to the browser."""
    # A "<" inside would end the element.
    text = orjson.dumps(columns(found), option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
    return Markup('<script type="application/json" id="trace-data">{}</script>').format(Markup(text))  # noqa: S704


def columns(found: Arranged) -> dict[str, Any]:
    """Arrays of one entry a span, in tree order; instants and durations in microseconds since the trace's start."""
    services = list(dict.fromkeys(span.service for span in found.spans))
    names = list(dict.fromkeys(span.name for span in found.spans))
    service_at = {service: place for place, service in enumerate(services)}
    name_at = {name: place for place, name in enumerate(names)}
    return {
        "id": found.trace_id,
        "start": found.start_ns // 1_000_000,
        "duration": max(1, found.duration_ns // 1_000),
        "services": [visible(service) for service in services],
        "names": [visible(name) for name in names],
        "spans": {
            "id": list(found.keys),
            "parent": list(found.parent),
            "start": [(span.start_ns - found.start_ns) // 1_000 for span in found.spans],
            "duration": [max(0, span.duration_ns) // 1_000 for span in found.spans],
            "self": [self_ns // 1_000 for self_ns in found.self_ns],
            "service": [service_at[span.service] for span in found.spans],
            "name": [name_at[span.name] for span in found.spans],
            "path": {str(place): _micro(found, found.path[place]) for place in _in_part(found)},
            "flags": [_flags(found, place) for place in range(len(found.spans))],
        },
    }


def _in_part(found: Arranged) -> list[int]:
    """Spans that are on the critical path for a part of their time; those that are for all of it need no times."""
    whole = [((span.start_ns, span.end_ns),) for span in found.spans]
    return [place for place, on in enumerate(found.critical) if on and found.path[place] != whole[place]]


def _micro(found: Arranged, times: Sequence[tuple[int, int]]) -> list[int]:
    """Pairs of times, one after the other, without what no screen could show."""
    least = found.duration_ns / UNSEEN
    seen = (pair for pair in times if pair[1] - pair[0] >= least)
    return [(at - found.start_ns) // 1_000 for pair in seen for at in pair]


def _flags(found: Arranged, place: int) -> int:
    error = ERROR if found.spans[place].is_error else 0
    return error | (CRITICAL if found.critical[place] else 0) | (ADOPTED if found.adopted[place] else 0)


def head(found: Arranged, url: PageUrl, stores: Session) -> Markup:
    """What this trace is, in a few lines, and where it leads."""
    root = found.spans[0]
    failed = sum(span.is_error for span in found.spans)
    facts = [
        tag("b", ui.duration(found.duration_ns)),
        f"{len(found.spans):,} {'span' if len(found.spans) == 1 else 'spans'}",
        tag("span", f"{failed:,} with errors", class_="bad") if failed else "no errors",
        ui.moment(found.start_ns),
    ]
    listed = [tag("span", fact) for fact in facts]
    title = tag("h2", tag("span", root.service, class_="service-name"), " ", root.name or "unnamed")
    said = joined([tag("p", note, class_="notes said") for note in found.notes])
    identity = tag("p", tag("span", "Trace ", tag("code", found.trace_id)), class_="facts identity")
    parts = [title, identity, tag("p", *listed, class_="facts"), _services(found), said, _links(found, url, stores)]
    return joined(parts)


def _clocks(found: Arranged, url: PageUrl) -> list[Markup]:
    """The switch between corrected times and those that were recorded."""
    if not found.is_corrected:
        return []
    recorded = url.value("times") == "recorded"
    words = "Show times with clocks corrected" if recorded else "Show times as recorded"
    return [ui.link(url.href(times="" if recorded else "recorded"), words, class_="button")]


def _services(found: Arranged) -> Markup:
    order = list(dict.fromkeys(span.service for span in found.spans))
    shares = [
        tag("span", ui.swatch(service, order), service or "unnamed", " ",
            tag("b", units.write(100 * share, Unit.PERCENT)), class_="service")
        for service, share in found.services
    ]  # fmt: skip
    return tag("p", *shares, class_="services", title="Share of the time that each service spent itself")


def _links(found: Arranged, url: PageUrl, stores: Session) -> Markup:
    root = found.spans[0]
    start, end = found.start_ns // NANO - MARGIN_S, (found.start_ns + found.duration_ns) // NANO + MARGIN_S
    here = {"from_": str(start), "to": str(end)}
    route = text_of(root.attributes.get("http.route", ""))
    correlation = text_of(root.attributes.get("correlation.id", ""))
    links = [
        *_clocks(found, url),
        ui.link(url.moved("/compare", a=found.trace_id), "Compare with a typical one", class_="button"),
        ui.link(url.moved("/traces", service=root.service, op=root.name), "Others of this kind", class_="button"),
    ]
    links.append(tag("button", "Copy trace id", type="button", class_="button", data_copy=found.trace_id))
    if stores.logs is not None:
        links.append(ui.link(url.moved("/logs", trace=found.trace_id, **here), "Its log lines", class_="button"))
        if correlation:
            links.append(ui.link(url.moved("/logs", correlation=correlation), "Its correlation id", class_="button"))
    if route and any(name in root.attributes for name in _METHODS):  # a WebSocket has a route, but no request's metrics
        links.append(ui.link(url.moved("/endpoint", endpoint=route), f"Endpoint {route}", class_="button"))
    return tag("p", *links, class_="links")


def span_detail(url: PageUrl, stores: Session, span_id: str) -> Markup:
    """Everything a span has, and its log lines. Raises QueryError."""
    trace_id = url.value("id").lower()
    span = stores.need_traces().span(trace_id, span_id, stores.deadline)
    found = [
        _facts(span),
        tag("p", span.status_message, class_="bad") if span.status_message else ui.EMPTY,
        *(_event(event, span) for event in span.events),
        _pairs("Attributes", span.attributes, url, is_open=True),
        _lines_of_span(span, url, stores),
        _span_links(span, url),
        _pairs("Resource", span.resource, url, is_open=False),
    ]
    return joined(found)


def _facts(span: Span) -> Markup:
    words = [f"kind {span.kind}" if span.kind else "", f"status {span.status}" if span.status != "unset" else ""]
    listed = [tag("span", word) for word in words if word]
    return tag("p", *listed, tag("code", span.span_id), class_="facts")


def _event(event: SpanEvent, span: Span) -> Markup:
    offset = f"after {ui.duration(event.at_ns - span.start_ns)}"
    if event.name != "exception":
        return _pairs(f"{event.name or 'Event'} {offset}", event.attributes, None, is_open=False)
    kind, message, stack = (text_of(event.attributes.get(f"exception.{name}", ""))
                            for name in ("type", "message", "stacktrace"))  # fmt: skip
    trace = tag("pre", _cut(stack), class_="stack") if stack else ui.EMPTY
    return tag("details", tag("summary", tag("b", kind or "Exception", class_="bad"), f" {message} {offset}"), trace,
               class_="exception", open="", data_key="exception")  # fmt: skip


def _pairs(title: str, pairs: Mapping[str, Any], url: PageUrl | None, *, is_open: bool) -> Markup:
    if not pairs:
        return ui.EMPTY
    rows = [tag("tr", tag("th", name), tag("td", _value(name, value, url))) for name, value in sorted(pairs.items())]
    opened = {"open": ""} if is_open else {}
    table = tag("table", tag("tbody", *rows), class_="pairs")
    return tag("details", tag("summary", f"{title} ({len(pairs)})"), table, data_key=title, **opened)


def _value(name: str, value: Any, url: PageUrl | None) -> Markup | str:
    if isinstance(value, list) and 0 < len(value) <= LISTED and not any(isinstance(one, list | dict) for one in value):
        return joined([tag("span", _value(name, one, url), class_="element") for one in value])
    text = text_of(value)
    if url is None or len(text) > 200:
        return _cut(text)
    href = url.moved("/traces", f=[f"{name.replace(':', chr(92) + ':')}:{text}"])
    return ui.link(href, text, title=f"Traces with {name} {text}")


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}… ({len(text):,} characters)"


def _span_links(span: Span, url: PageUrl) -> Markup:
    links = [ui.link(url.moved("/trace", id=each.trace_id, span=each.span_id), each.trace_id) for each in span.links]
    return tag("p", "Follows from ", *links) if links else ui.EMPTY


def _lines_of_span(span: Span, url: PageUrl, stores: Session) -> Markup:
    if stores.logs is None:
        return ui.EMPTY
    try:
        query = _line_query(span.start_ns, span.end_ns, "span_id", span.span_id)
        page = stores.logs.search(query, Paging(50, oldest_first=True), stores.deadline)
    except QueryError as error:
        return ui.failed(error.sentence, error.hint)
    lines = [_line(line, span.start_ns, url) for line in page.lines]
    around = url.moved("/logs", from_=str(span.start_ns // NANO - 5), to=str(span.end_ns // NANO + 6))
    links = tag("p", ui.link(around, "Log lines around here", class_="quiet"))
    shown = tag("ol", *lines, class_="lines") if lines else tag("p", "No line was written within this span.")
    title = f"Log lines ({page.total.value})"
    return tag("details", tag("summary", title), shown, links, open="", data_key="lines")


def lines(url: PageUrl, stores: Session) -> Markup:
    """All log lines of the trace by time. Raises QueryError."""
    found = arranged(url, stores)
    query = _line_query(found.start_ns, found.start_ns + found.duration_ns, "trace_id", found.trace_id)
    page = stores.need_logs().search(query, Paging(LINES, oldest_first=True), stores.deadline)
    if not page.lines:
        return ui.nothing("No log line carries this trace's id.", "Logs may be kept for a shorter time than traces.")
    rows = [_line(line, found.start_ns, url, with_span=True) for line in page.lines]
    said = f"The first {LINES} of {page.total.value:,} lines." if page.next else ""
    return joined([tag("ol", *rows, class_="lines"), ui.notes(page.quality, *([said] if said else []))])


def _line_query(start_ns: int, end_ns: int, field: str, value: str) -> LogQuery:
    margin = MARGIN_S * NANO
    # Whole minutes, so that the question is the same whichever span asks it.
    aligned = Range((start_ns - margin) // margin * margin, -(-(end_ns + margin) // margin) * margin)
    return LogQuery(aligned, filters=(Filter(field, (value,)),))


def _line(line: LogLine, origin_ns: int, url: PageUrl, *, with_span: bool = False) -> Markup:
    level = line.level or line.raw_level or "–"
    offset = tag("span", f"+{ui.duration(max(0, line.at_ns - origin_ns))}", class_="when")
    text = tag("span", line.message, class_="line-text")
    failure = tag("pre", _cut(line.failure.stack), class_="stack") if line.failure and line.failure.stack else ui.EMPTY
    span = {"data_span": ui.span_parameter(line.span_id, line.service)} if with_span and line.span_id else {}
    word = tag("b", level, class_="level", data_level=line.level)
    more = ui.link(url.moved("/logs", line=line.id), "⋯", class_="quiet", title="The lines around it")
    return tag("li", offset, word, text, more, failure, data_line=line.id, **span)


PAGE = Page(
    "trace", "Trace", answer, ("head", "spans"), "traces", has_range=False,
    own=("span", "view", "find", "only", "zoom"), skip=("Skip to the spans", "spans"),
)  # fmt: skip
