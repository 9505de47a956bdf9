"""The traces page: search, durations over time, a list, services and operations with counts."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages import differences
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl
from pages.traces import scatter
from pages.traces.load import TracesModel
from pages.traces.query import BOARD_LABELS, PARAMETERS, TracesQuery, scope, sort_of
from panels.markup import join, tag
from queries.traces.types import (
    OperationList,
    Scatter,
    ServiceList,
    TracePage,
    TraceQuery,
    TraceSummary,
)

_SORTS: Final = (
    ("newest", "Newest first"),
    ("slowest", "Slowest first"),
    ("fastest", "Fastest first"),
    ("oldest", "Oldest first"),
)
_SCOPES: Final = (("requests", "Whole requests"), ("spans", "Every span"))
_STATUSES: Final = (("", "Any status"), ("error", "With errors"), ("ok", "OK"), ("unset", "Not set"))


def view(query: TracesQuery, model: TracesModel) -> PageContent:
    """All parts of the page."""
    url, parts = query.url, PageParts()
    parts.add("form", lambda: form(url))
    parts.add("list", lambda: _list(url, model.page))
    parts.add("scatter", lambda: _scatter(url, query.search, model.scatter.get()), "Duration over time")
    parts.add("facets", lambda: _facets(url, model.services.get(), model.operations.get()))
    title = "What is different about"
    parts.add("different", lambda: differences.section(url, query.different, model.different, url), title)
    return PageContent(parts.html, url.max_age, _title(url), parts.errors)


def _title(url: PageUrl) -> str:
    about = url.value("op") or url.value("service") or ", ".join(url.all("endpoint"))
    return f"Traces of {about}" if about else "Traces"


def form(url: PageUrl) -> Markup:
    """The search box and what narrows the list."""
    hidden = ui.hidden_fields(url, ("service", "op", "f", "code", "peer", *BOARD_LABELS))
    placeholder = "Search spans: http.response.status_code:429 or name:chat*"
    box = ui.search_box(url, "q", "Search spans", placeholder, spellcheck="false", data_complete="/api/traces/complete")
    form = tag(
        "form",
        hidden,
        box,
        tag("span", _size(url, "min", "Shortest"), " – ", _size(url, "max", "Longest"), " ms", class_="sizes"),
        _select("status", _STATUSES, url.value("status"), "Status"),
        _select("sort", _SORTS, sort_of(url), "Order"),
        _select("in", _SCOPES, scope(url), "What is searched"),
        tag("button", "Search", type="submit", class_="primary"),
        class_="search",
        data_explore="",
        role="search",
    )
    return join([form, _chips(url)])


def _size(url: PageUrl, name: str, label: str) -> Markup:
    return tag(
        "input",
        type="text",
        inputmode="decimal",
        name=name,
        value=url.value(name),
        placeholder=label,
        aria_label=f"{label} duration in ms",
        size=7,
    )


def _select(name: str, choices: tuple[tuple[str, str], ...], chosen: str, label: str) -> Markup:
    options = [tag("option", text, value=value, selected="" if value == chosen else None) for value, text in choices]
    return tag("select", *options, name=name, aria_label=label, data_now="")


def _chips(url: PageUrl) -> Markup:
    """What else narrows the list, each with a way to drop it."""
    chips = []
    for name in ("service", "op", "code", "peer", *BOARD_LABELS):
        for value in url.all(name):
            word = {"op": "operation", "code": "status code", "peer": "call to"}.get(name, name)
            drop = ui.link(url.href(**{name: ""}), "×", class_="drop", title=f"Any {word}")
            chips.append(tag("span", tag("b", word), f" {value} ", drop, class_="filter-chip"))
    return join([tag("div", *chips, class_="filter-chips") if chips else ui.EMPTY, ui.filter_chips(url)])


def _scatter(url: PageUrl, query: TraceQuery, results: Scatter) -> Markup:
    if not results.dots:
        return ui.EMPTY
    left_out = results.total.value > len(results.dots)
    sampling = (
        f"{len(results.dots):,} of {ui.count_text(results.total, 'span', 'spans')} are drawn: "
        "the slowest, some of those with errors, and a sample of all."
    )
    note = ui.notes(results.quality, *((sampling,) if left_out else ()))
    how = tag("span", "A click opens, dragging narrows.", class_="hint not-phone")
    return ui.section(
        "Duration over time", scatter.draw(results, query.range, url), scatter.legend(results), note, more=how
    )


def _list(url: PageUrl, page: TracePage) -> Markup:
    if not page.traces and page.next:
        sentence = "None of the traces searched so far matches."
        return join(
            [ui.empty_state(sentence, "Continue the search, or remove a filter."), ui.pager(url, "", page.next)]
        )
    if not page.traces:
        return ui.empty_state(
            "No traces match.", "Choose a longer range, or remove a filter. Only a sample of requests is traced."
        )
    first = url.to_page("/compare", *PARAMETERS, a=page.traces[0].trace_id)
    rows = table(page.traces, url)
    links = join(
        [
            ui.link(first, "Compare the first with a typical one", class_="quiet"),
            ui.link(url.to_page("/map"), "Service map", class_="quiet"),
        ]
    )
    sampled = "Traces are a sample: rates and shares are those of the boards."
    return ui.section(
        ui.count_text(page.total, "trace", "traces"),
        rows,
        ui.pager(url, "", page.next),
        ui.notes(page.quality, sampled),
        more=links,
    )


def table(traces: tuple[TraceSummary, ...], url: PageUrl) -> Markup:
    """Traces as a list: what matched, how long it took as a bar, what is in it."""
    longest = max(1, *(trace.matched_duration_ns for trace in traces))
    return tag("ol", *(_row(trace, url, longest) for trace in traces), class_="traces")


def _row(trace: TraceSummary, url: PageUrl, longest: int) -> Markup:
    order = sorted(trace.services)
    services = [
        tag("span", ui.swatch(name, order), f"{name} {count}", class_="service")
        for name, count in sorted(trace.services.items(), key=lambda item: -item[1])
    ]
    inside = trace.matched_span_id and trace.matched_name != trace.name
    span = ui.span_parameter(trace.matched_span_id, trace.matched_service)
    where = tag("span", f"in {trace.name or 'a trace without a root'}", class_="within") if inside else ui.EMPTY
    word = "error" if trace.errors == 1 else "errors"
    errors = tag("b", f"{trace.errors} {word}", class_="bad") if trace.errors else ""
    rootless = tag("span", "root missing", class_="warn") if not trace.has_root else ""
    share = 100 * max(0, trace.matched_duration_ns) / longest
    return tag(
        "li",
        ui.link(
            url.to_page("/trace", id=trace.trace_id, span=span if inside else ""),
            tag("span", trace.matched_name or trace.name or "unnamed", class_="trace-title"),
            where,
            tag("span", ui.moment(trace.matched_start_ns or trace.start_ns), class_="when"),
            tag("span", ui.duration(trace.matched_duration_ns), class_="how-long"),
            tag("span", tag("i", style=f"width:{share:.1f}%"), class_="bar"),
            tag(
                "span",
                *services,
                f"{trace.spans} {'span' if trace.spans == 1 else 'spans'} ",
                rootless,
                errors,
                class_="facts",
            ),
        ),
        class_="failing" if trace.matched_error else None,  # what the filter and the picture mean by it
    )


def _facets(url: PageUrl, services: ServiceList, operations: OperationList) -> Markup:
    lists = join([_services(url, services), _operations(url, operations)])
    return tag(
        "details",
        tag("summary", "Services and operations", class_="only-phone-summary"),
        lists,
        open="",
        class_="facets",
        data_key="facets",
    )


def _services(url: PageUrl, results: ServiceList) -> Markup:
    most = max((service.spans for service in results.services), default=1)
    rows = [
        tag(
            "li",
            ui.link(
                url.href(service=service.name),
                tag("span", service.name or "unnamed", class_="facet-value"),
                _errors(service.errors),
                tag("b", ui.number(service.spans)),
            ),
            style=f"--share:{100 * service.spans / most:.1f}%",
            class_="on" if service.name == url.value("service") else None,
        )
        for service in results.services
    ]
    return _facet("Services", rows, results.others)


def _operations(url: PageUrl, results: OperationList) -> Markup:
    most = max((operation.spans for operation in results.operations), default=1)
    rows = [
        tag(
            "li",
            ui.link(
                url.href(op=operation.name),
                tag("span", operation.name or "unnamed", class_="facet-value"),
                _errors(operation.errors),
                tag("span", ui.duration(operation.p95_ns), class_="p95", title="p95"),
                tag("b", ui.number(operation.spans)),
            ),
            style=f"--share:{100 * operation.spans / most:.1f}%",
            class_="on" if operation.name == url.value("op") else None,
        )
        for operation in results.operations
    ]
    return _facet("Operations", rows, results.others)


def _facet(title: str, rows: list[Markup], others: int) -> Markup:
    if others > 0:
        rows = [*rows, tag("li", f"and {ui.number(others)} spans of others", class_="others")]
    return tag("details", tag("summary", title), tag("ul", *rows), class_="facet", open="", data_key=title)


def _errors(count: int) -> Markup:
    return tag("span", f"{count} ✕", class_="bad", title=f"{count} with errors") if count else ui.EMPTY
