"""What stands below an endpoint's charts: its slowest and failing traces, its errors, where its time goes, and what
is different about the slow and the failing ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from pages import components as ui
from pages import differences
from pages.endpoint.load import EndpointModel, Errors, TimeShares
from pages.endpoint.query import EndpointQuery
from pages.endpoint.time_shares import TimeShare
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl, format_filter
from pages.traces.view import table as trace_table
from panels import units
from panels.markup import tag
from panels.spec import Unit
from queries.logs.types import LogPattern
from queries.search.results import Count
from queries.traces.types import TracePage


def view(query: EndpointQuery, model: EndpointModel) -> PageContent:
    """All parts; each fails for itself."""
    url, there = query.url, query.there
    parts = PageParts()
    parts.add("share", lambda: _shares(model.shares.get()), "Where its time goes")
    parts.add("slowest", lambda: _slowest(model.slowest.get(), query), "Slowest traces")
    parts.add("failing", lambda: _failing(model.failing.get(), there), "Failing traces")
    parts.add("errors", lambda: _errors(url, model.errors.get()), "Most frequent errors")
    plain = replace(there, parameters={**there.parameters, "diff": ()})
    parts.add(
        "different",
        lambda: differences.section(url, query.different, model.different, plain),
        "What is different about",
    )
    return PageContent(parts.html, max(15.0, url.max_age), errors=parts.errors)


def _slowest(page: TracePage, query: EndpointQuery) -> Markup:
    href = query.there.href(sort="slowest", status=query.traces.status)
    return _traces("Slowest traces", page, query.there, href)


def _failing(page: TracePage, there: PageUrl) -> Markup:
    if not page.traces:
        return ui.section("Failing traces", ui.empty_state("None failed in this range."))
    return _traces("Failing traces", page, there, there.href(sort="newest", status="error"))


def _traces(title: str, page: TracePage, there: PageUrl, href: str) -> Markup:
    every = ui.link(href, ui.count_text(page.total, "trace", "traces"), class_="quiet")
    if not page.traces:
        return ui.section(title, ui.empty_state("No traces were stored in this range."), more=every)
    return ui.section(title, trace_table(page.traces, there), ui.notes(page.quality), more=every)


def _errors(url: PageUrl, errors: Errors) -> Markup:
    """Error lines of this endpoint: the exceptions behind them, then their templates."""
    patterns, title = errors.patterns, "Most frequent errors"
    every = ui.link(_lines(url), ui.count_text(patterns.total, "line", "lines"), class_="quiet")
    if not patterns.patterns:
        return ui.section(title, ui.empty_state("No error was logged in this range."), more=every)
    exceptions = [
        _error(kind.value, kind.count, "", _lines(url, format_filter("exception.type", kind.value)))
        for kind in errors.exceptions.values
    ]
    templates = [
        _error(pattern.template, pattern.count, pattern.example, _lines(url, *_template_filter(pattern)))
        for pattern in patterns.patterns
    ]
    listed = tag("ol", *exceptions, *templates, class_="patterns")
    return ui.section(title, listed, ui.notes(patterns.quality), more=every)


def _lines(url: PageUrl, *filters: str) -> str:
    """The error lines of the endpoint, narrowed further."""
    return url.to_page("/logs", "endpoint", "environment", level=["Error", "Fatal"], f=filters)


def _template_filter(pattern: LogPattern) -> list[str]:
    return [] if pattern.mined else [format_filter("template", pattern.template)]


def _error(text: str, count: int, example: str, href: str) -> Markup:
    example_element = tag("span", example, class_="example") if example else ui.EMPTY
    return tag("li", ui.link(href, tag("span", text, class_="line-text"), tag("b", ui.number(count)), example_element))


def _shares(shares: TimeShares) -> Markup:
    """Where the time of a sample of requests went."""
    title = "Where its time goes"
    if not shares.traces:
        return ui.section(title, ui.empty_state("No traces were stored in this range."))
    kind = "without errors" if shares.without_errors else "that were kept, all with errors"
    note = tag(
        "p", f"Self time in the newest {ui.count_text(Count(shares.traces), 'trace', 'traces')} {kind}.", class_="notes"
    )
    return ui.section(title, _bar(shares.shares), _table(shares.shares), note)


def _bar(listed: Sequence[TimeShare]) -> Markup:
    order = [part.name for part in listed]
    pieces = [
        tag(
            "i",
            style=f"width:{100 * part.share:.2f}%;{ui.colour(part.name, order)}",
            title=f"{part.name}: {units.write(100 * part.share, Unit.PERCENT)}",
        )
        for part in listed
    ]
    return tag("div", *pieces, class_="share-bar")


def _table(listed: Sequence[TimeShare]) -> Markup:
    order = [part.name for part in listed]
    columns = ["Share", "Mean per request", "Calls per request"]
    if any(part.errors for part in listed):
        columns.append("Errors")
    head = tag("tr", tag("th", "TimeShare"), *(tag("th", word, class_="t-number") for word in columns))
    rows = [
        tag("tr", tag("td", ui.swatch(part.name, order), " ", part.name), *_cells(part)[: len(columns)])
        for part in listed
    ]
    return tag(
        "div", tag("table", tag("thead", head), tag("tbody", *rows), class_="t plain"), class_="wide", tabindex=0
    )


def _cells(part: TimeShare) -> list[Markup]:
    texts = (
        units.write(100 * part.share, Unit.PERCENT),
        ui.duration(part.mean_ns),
        units.digits(part.calls, 2) if part.calls else "–",
        str(part.errors or "–"),
    )
    return [tag("td", text, class_="t-number") for text in texts]
