"""One trace: its head as HTML, its spans as columns for the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from markupsafe import Markup

from pages import components as ui
from pages.page import PageContent
from pages.page_url import PageUrl
from pages.trace.load import MARGIN_S, TraceIdQuery, TraceModel
from panels import units
from panels.markup import join, tag
from panels.spec import Unit
from panels.visible import visible
from queries.search.results import NANO, text_of
from queries.traces.arrange import Arranged

ERROR: Final = 1
CRITICAL: Final = 2
ADOPTED: Final = 4
UNSEEN: Final = 4_000  # a smaller part of the trace's width is less than a pixel
_METHODS: Final = ("http.request.method", "http.method")


def view(query: TraceIdQuery, model: TraceModel) -> PageContent:
    """The head and the spans."""
    trace = model.trace
    parts = {"head": head(trace, query.url, model.has_logs), "spans": data(trace)}
    return PageContent(parts, 30.0, f"{trace.spans[0].name or 'Trace'} · {ui.duration(trace.duration_ns)}")


def data(trace: Arranged) -> Markup:
    """The spans as JSON in an element that is no script to the browser."""
    # A "<" inside would end the element.
    text = orjson.dumps(columns(trace), option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
    return Markup('<script type="application/json" id="trace-data">{}</script>').format(Markup(text))  # noqa: S704


def columns(trace: Arranged) -> dict[str, Any]:
    """Arrays of one entry a span, in tree order; instants and durations in microseconds since the trace's start."""
    services = list(dict.fromkeys(span.service for span in trace.spans))
    names = list(dict.fromkeys(span.name for span in trace.spans))
    service_index = {service: place for place, service in enumerate(services)}
    name_index = {name: place for place, name in enumerate(names)}
    return {
        "id": trace.trace_id,
        "start": trace.start_ns // 1_000_000,
        "duration": max(1, trace.duration_ns // 1_000),
        "services": [visible(service) for service in services],
        "names": [visible(name) for name in names],
        "spans": {
            "id": list(trace.keys),
            "parent": list(trace.parent),
            "start": [(span.start_ns - trace.start_ns) // 1_000 for span in trace.spans],
            "duration": [max(0, span.duration_ns) // 1_000 for span in trace.spans],
            "self": [self_ns // 1_000 for self_ns in trace.self_ns],
            "service": [service_index[span.service] for span in trace.spans],
            "name": [name_index[span.name] for span in trace.spans],
            "path": {str(place): _micro(trace, trace.path[place]) for place in _partly_critical(trace)},
            "flags": [_flags(trace, place) for place in range(len(trace.spans))],
        },
    }


def _partly_critical(trace: Arranged) -> list[int]:
    """Spans that are on the critical path for a part of their time; those that are for all of it need no times."""
    whole = [((span.start_ns, span.end_ns),) for span in trace.spans]
    return [place for place, on in enumerate(trace.critical) if on and trace.path[place] != whole[place]]


def _micro(trace: Arranged, times: Sequence[tuple[int, int]]) -> list[int]:
    """Pairs of times, one after the other, without what no screen could show."""
    least = trace.duration_ns / UNSEEN
    visible = (pair for pair in times if pair[1] - pair[0] >= least)
    return [(time_ns - trace.start_ns) // 1_000 for pair in visible for time_ns in pair]


def _flags(trace: Arranged, place: int) -> int:
    error = ERROR if trace.spans[place].is_error else 0
    return error | (CRITICAL if trace.critical[place] else 0) | (ADOPTED if trace.adopted[place] else 0)


def head(trace: Arranged, url: PageUrl, has_logs: bool) -> Markup:
    """What this trace is, in a few lines, and where it leads."""
    root = trace.spans[0]
    failed = sum(span.is_error for span in trace.spans)
    facts = [
        tag("b", ui.duration(trace.duration_ns)),
        f"{len(trace.spans):,} {'span' if len(trace.spans) == 1 else 'spans'}",
        tag("span", f"{failed:,} with errors", class_="bad") if failed else "no errors",
        ui.moment(trace.start_ns),
    ]
    listed = [tag("span", fact) for fact in facts]
    title = tag("h2", tag("span", root.service, class_="service-name"), " ", root.name or "unnamed")
    notes = join([tag("p", note, class_="notes said") for note in trace.notes])
    identity = tag("p", tag("span", "Trace ", tag("code", trace.trace_id)), class_="facts identity")
    parts = [title, identity, tag("p", *listed, class_="facts"), _services(trace), notes, _links(trace, url, has_logs)]
    return join(parts)


def _clocks(trace: Arranged, url: PageUrl) -> list[Markup]:
    """The switch between corrected times and those that were recorded."""
    if not trace.is_corrected:
        return []
    recorded = url.value("times") == "recorded"
    words = "Show times with clocks corrected" if recorded else "Show times as recorded"
    return [ui.link(url.href(times="" if recorded else "recorded"), words, class_="button")]


def _services(trace: Arranged) -> Markup:
    order = list(dict.fromkeys(span.service for span in trace.spans))
    shares = [
        tag(
            "span",
            ui.swatch(service, order),
            service or "unnamed",
            " ",
            tag("b", units.write(100 * share, Unit.PERCENT)),
            class_="service",
        )
        for service, share in trace.services
    ]
    return tag("p", *shares, class_="services", title="Share of the time that each service spent itself")


def _links(trace: Arranged, url: PageUrl, has_logs: bool) -> Markup:
    root = trace.spans[0]
    start, end = trace.start_ns // NANO - MARGIN_S, (trace.start_ns + trace.duration_ns) // NANO + MARGIN_S
    here = {"from_": str(start), "to": str(end)}
    route = text_of(root.attributes.get("http.route", ""))
    correlation = text_of(root.attributes.get("correlation.id", ""))
    links = [
        *_clocks(trace, url),
        ui.link(url.to_page("/compare", a=trace.trace_id), "Compare with a typical one", class_="button"),
        ui.link(url.to_page("/traces", service=root.service, op=root.name), "Similar traces", class_="button"),
    ]
    links.append(tag("button", "Copy trace id", type="button", class_="button", data_copy=trace.trace_id))
    if has_logs:
        links.append(ui.link(url.to_page("/logs", trace=trace.trace_id, **here), "Its log lines", class_="button"))
        if correlation:
            links.append(ui.link(url.to_page("/logs", correlation=correlation), "Correlation id", class_="button"))
    if route and any(name in root.attributes for name in _METHODS):  # a WebSocket has a route, but no request's metrics
        links.append(ui.link(url.to_page("/endpoint", endpoint=route), f"Endpoint {route}", class_="button"))
    return tag("p", *links, class_="links")
