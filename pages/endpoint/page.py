"""What stands below an endpoint's charts: its slowest and failing traces, its errors, where its time goes, and what
is different about the slow and the failing ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages import differences as different
from pages.page import Answer, Page, Session
from pages.page_url import PageUrl, written
from pages.parts import Parts
from pages.traces import page as traces
from pages.traces.query import served_of
from panels import units
from panels.markup import tag
from panels.spec import Unit
from queries.logs.types import LogPattern, LogQuery
from queries.search.results import Count, Filter
from queries.traces.arrange import Arranged, arrange
from queries.traces.service_map import peer_of
from queries.traces.types import Span, TracePaging, TraceQuery

LISTED: Final = 5
SAMPLE: Final = 20  # traces whose time is split up
LOOKED_AT: Final = 100  # among so many of the newest
OWN: Final = "its own work"
_LOG_LABELS: Final = {"endpoint": "Endpoint", "environment": "environment"}


@dataclass(frozen=True)
class Part:
    """A destination of time: a service, a provider, a database. `share` is of all time, `mean_ns` a mean request's."""

    name: str
    share: float
    mean_ns: float
    calls: float
    errors: int


def answer(url: PageUrl, stores: Session) -> Answer:
    """All parts; each fails for itself. Raises InvalidInput for a range that is none."""
    query = served_of(url)
    # Elsewhere the address is that of the traces page, so that every link leads there.
    there = replace(url, path="/traces")
    filled = Parts()
    filled.fill("share", lambda: _shares(query, stores), "Where its time goes")
    slowest = "Slowest traces"
    filled.fill("slowest", lambda: _traces(slowest, query, "slowest", there, stores), slowest)
    filled.fill("failing", lambda: _failing(query, there, stores), "Failing traces")
    filled.fill("errors", lambda: _errors(url, stores), "Most frequent errors")
    filled.fill("different", lambda: _different(url, stores, query, there), "What is different")
    return Answer(filled.html, max(15.0, url.good_for), failed=filled.failed)


def _traces(title: str, query: TraceQuery, sort: str, there: PageUrl, stores: Session) -> Markup:
    store = stores.need_traces()
    page = store.search(query, TracePaging(LISTED, sort), stores.deadline)  # type: ignore[arg-type]
    every = ui.link(
        there.href(sort=sort, status=query.status), ui.counted(page.total, "trace", "traces"), class_="quiet"
    )
    if not page.traces:
        return ui.section(title, ui.nothing("No traces were kept in this range."), more=every)
    return ui.section(title, traces.table(page.traces, there), ui.notes(page.quality), more=every)


def _failing(query: TraceQuery, there: PageUrl, stores: Session) -> Markup:
    failing = replace(query, status="error")
    page = stores.need_traces().search(failing, TracePaging(1), stores.deadline)
    if not page.traces:
        return ui.section("Failing traces", ui.nothing("None failed in this range."))
    return _traces("Failing traces", failing, "newest", there, stores)


def _different(url: PageUrl, stores: Session, query: TraceQuery, there: PageUrl) -> Markup:
    stores.need_traces()
    return different.place(url, stores, query, replace(there, values={**there.values, "diff": ()}))


def _errors(url: PageUrl, stores: Session) -> Markup:
    """Error lines of this endpoint: the exceptions behind them, then their templates."""
    boards = tuple(Filter(field, url.all(name)) for name, field in _LOG_LABELS.items() if url.all(name))
    query = LogQuery(url.range, levels=("Error", "Fatal"), filters=boards)
    store = stores.need_logs()
    found = store.patterns(query, LISTED, stores.deadline)
    every = ui.link(_lines(url), ui.counted(found.total, "line", "lines"), class_="quiet")
    if not found.patterns:
        return ui.section("Most frequent errors", ui.nothing("No error was logged in this range."), more=every)
    (kinds,) = store.facets(query, ("exception.type",), LISTED, stores.deadline).facets
    rows = [
        *(_error(kind.value, kind.count, "", _lines(url, written("exception.type", kind.value)))
          for kind in kinds.values),
        *(_error(one.template, one.count, one.example, _lines(url, *_template_filter(one)))
          for one in found.patterns),
    ]  # fmt: skip
    listed = tag("ol", *rows, class_="patterns")
    return ui.section("Most frequent errors", listed, ui.notes(found.quality), more=every)


def _lines(url: PageUrl, *filters: str) -> str:
    """The error lines of the endpoint, narrowed further."""
    return url.moved("/logs", "endpoint", "environment", level=["Error", "Fatal"], f=filters)


def _template_filter(pattern: LogPattern) -> list[str]:
    return [] if pattern.mined else [written("template", pattern.template)]


def _error(text: str, count: int, example: str, href: str) -> Markup:
    shown = tag("span", example, class_="example") if example else ui.EMPTY
    return tag("li", ui.link(href, tag("span", text, class_="line-text"), tag("b", ui.number(count)), shown))


def _shares(query: TraceQuery, stores: Session) -> Markup:
    """Where the time of a sample of requests went."""
    store = stores.need_traces()
    newest = store.search(query, TracePaging(LOOKED_AT), stores.deadline).traces
    if not newest:
        return ui.section("Where its time goes", ui.nothing("No traces were kept in this range."))
    # Every failure is kept but only a share of the rest: among the newest, failures stand for more than they are.
    fine = [each for each in newest if not each.errors]
    chosen = (fine or newest)[:SAMPLE]
    found = [arrange(store.trace(each.trace_id, stores.deadline)) for each in chosen]
    listed = parts(found)
    kind = "without errors" if fine else "that were kept, all with errors"
    said = tag("p", f"Self time in the newest {ui.counted(Count(len(found)), 'trace', 'traces')} {kind}.",
               class_="notes")  # fmt: skip
    return ui.section("Where its time goes", _bar(listed), _table(listed), said)


def parts(found: Sequence[Arranged]) -> tuple[Part, ...]:
    """Self time by who it was spent for: a call to somebody else counts for that one, with all below it."""
    times: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(found))
    calls: dict[str, int] = defaultdict(int)
    errors: dict[str, int] = defaultdict(int)
    for place, trace in enumerate(found):
        owners = _owners(trace)
        for at, owner in enumerate(owners):
            times[owner][place] += trace.self_ns[at]
            above = trace.parent[at]
            if owner != OWN and (above < 0 or owners[above] != owner):
                calls[owner] += 1
                errors[owner] += trace.spans[at].is_error
    whole = sum(sum(each) for each in times.values()) or 1.0
    made = [Part(name, sum(each) / whole, sum(each) / len(found), calls[name] / len(found), errors[name])
            for name, each in times.items()]  # fmt: skip
    return tuple(sorted(made, key=lambda part: -part.share))


def _owners(trace: Arranged) -> list[str]:
    """For each span, who its time is spent for."""
    home = trace.spans[0].service
    owners: list[str] = []
    for at, span in enumerate(trace.spans):
        above = owners[trace.parent[at]] if trace.parent[at] >= 0 else OWN
        owners.append(above if above != OWN else _owner(span, home))
    return owners


def _owner(span: Span, home: str) -> str:
    if span.service != home:
        return span.service
    return (peer_of(span.attributes) or OWN) if span.kind in ("client", "producer") else OWN


def _bar(listed: Sequence[Part]) -> Markup:
    order = [part.name for part in listed]
    pieces = [
        tag("i", style=f"width:{100 * part.share:.2f}%;{ui.colour(part.name, order)}",
            title=f"{part.name}: {units.write(100 * part.share, Unit.PERCENT)}")
        for part in listed
    ]  # fmt: skip
    return tag("div", *pieces, class_="share-bar")


def _table(listed: Sequence[Part]) -> Markup:
    order = [part.name for part in listed]
    columns = ["Share", "Mean a request", "Calls a request"]
    if any(part.errors for part in listed):
        columns.append("Errors")
    head = tag("tr", tag("th", "Part"), *(tag("th", word, class_="t-number") for word in columns))
    rows = [tag("tr", tag("td", ui.swatch(part.name, order), " ", part.name), *_cells(part)[: len(columns)])
            for part in listed]  # fmt: skip
    return tag(
        "div", tag("table", tag("thead", head), tag("tbody", *rows), class_="t plain"), class_="wide", tabindex=0
    )


def _cells(part: Part) -> list[Markup]:
    texts = (units.write(100 * part.share, Unit.PERCENT), ui.duration(part.mean_ns),
             units.digits(part.calls, 2) if part.calls else "–", str(part.errors or "–"))  # fmt: skip
    return [tag("td", text, class_="t-number") for text in texts]


PAGE = Page("endpoint", "Endpoint", answer, ("share", "errors", "slowest", "failing", "different"), below="endpoint")
