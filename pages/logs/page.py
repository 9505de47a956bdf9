"""The logs page: search, lines over time by level, a list, facets; patterns and what is different about them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.logs import chart as log_chart
from pages.logs import context as log_context
from pages.logs import correlation as log_correlation
from pages.logs import form as log_form
from pages.logs import groups as log_groups
from pages.logs import rows as log_rows
from pages.logs.query import LABELS, columns_of, is_narrowed, is_oldest_first, paging_of, query_of, with_column
from pages.page import Answer, Page
from pages.page_url import PageUrl
from pages.parts import Parts
from pages.session import Session
from panels.markup import joined, tag
from panels.visible import visible
from queries.core.errors import QueryError
from queries.logs.names import canonical
from queries.logs.types import LogExplorer, LogPage, LogQuery
from queries.search.grammar import GrammarError, fields_of, parse
from queries.search.results import Facet

FACET: Final = 10
FIELDS: Final = 60
KNOWN: Final = 500  # fields of the range, to tell a stranger by
FACETS: Final = {
    "level": "Level", "service": "Service", "logger": "Logger", "host": "Host", "environment": "Environment",
    "Endpoint": "Endpoint", "ProviderId": "Provider", "Model": "Model", "StatusCode": "Status code", "Status": "Status",
    "exception.type": "Exception",
}  # fmt: skip
EXPORTED: Final = 10_000
PARTS: Final = ("form", "facets", "chart", "list")


def answer(url: PageUrl, stores: Session) -> Answer:
    """All parts of the page. Raises QueryError when the search itself has no answer."""
    if url.value("correlation"):
        return _alone(url, *log_correlation.answer(url, stores))
    if url.value("line"):
        return _alone(url, *log_context.answer(url, stores))
    try:
        return _searched(url, stores)
    except GrammarError as error:  # the box has to be there to mend it
        return _alone(url, "Logs", _pointed(error, url.value("q")), log_form.form(url))


def _searched(url: PageUrl, stores: Session) -> Answer:
    store, query, view = stores.need_logs(), query_of(url), url.choice("view", log_form.VIEWS)
    fields = tuple(dict.fromkeys((*FACETS, *url.all("facet"))))
    found = store.explore(query, paging_of(url), log_chart.BUCKETS, fields, FACET, stores.deadline)
    groups = {"patterns": log_groups.patterns, "different": log_groups.different}.get(view)
    filled = Parts()
    filled.fill("form", lambda: log_form.form(url))
    filled.fill("facets", lambda: _facets(url, stores, query, found))
    filled.fill("chart", lambda: log_chart.draw(found.histogram, url))
    if groups:
        filled.fill("list", lambda: groups(url, stores, query))
    else:
        filled.fill("list", lambda: _list(url, stores, query, found.page))
    return Answer(filled.html, min(10.0, url.good_for), "Logs", filled.failed)


def _alone(url: PageUrl, title: str, content: Markup, form: Markup = ui.EMPTY) -> Answer:
    """A page of one line, one request, or of a search that cannot be understood."""
    form = form or log_form.lookup(url)
    return Answer({**dict.fromkeys(PARTS, ui.EMPTY), "form": form, "list": content}, 10.0, title)


def _pointed(error: GrammarError, typed: str) -> Markup:
    """What cannot be understood, with its place."""
    at = error.position
    shown = tag("pre", typed[:at], tag("mark", typed[at : at + 1] or " "), typed[at + 1 :])
    return tag("div", tag("strong", error.sentence), " ", error.hint, shown, class_="explore-error", role="alert")


def _list(url: PageUrl, stores: Session, query: LogQuery, page: LogPage) -> Markup:
    if not page.lines:
        return _empty(url, stores, query, page)
    table = log_rows.table(page.lines, url, columns_of(url))
    said = ui.notes(page.quality)
    following = "Later" if is_oldest_first(url) else "Earlier"
    return ui.section(ui.counted(page.total, "line", "lines"), said, table, _pager(url, page, following),
                        more=tools(url), class_="log-box")  # fmt: skip


def _pager(url: PageUrl, page: LogPage, following: str) -> Markup:
    back = ui.link(url.href(cursor=page.previous), "Back", class_="button") if page.previous else ui.EMPTY
    on = ui.link(url.href(cursor=page.next), f"{following} lines", class_="button") if page.next else ui.EMPTY
    return tag("nav", back, on, class_="pager", aria_label="Pages") if page.next or page.previous else ui.EMPTY


def _strangers(stores: Session, query: LogQuery) -> list[str]:
    """Sentences about fields of the search that no line in the range has."""
    named = [name for name in fields_of(parse(query.text)) if not canonical(name)]
    if not named:
        return []
    everything = LogQuery(query.range)
    try:
        found = stores.need_logs().fields(everything, KNOWN, stores.deadline)
    except QueryError:
        return []
    known = {field.name.lower(): field.name for field in found.fields}
    return [_stranger(name, known) for name in named if known.get(name.lower()) != name]


def _stranger(name: str, known: Mapping[str, str]) -> str:
    lowered = name.lower()
    longer = [each for each in known if each.startswith(lowered)]
    alike = [lowered] if lowered in known else longer[:1] or get_close_matches(lowered, known, 1)
    meant = f" Did you mean {known[alike[0]]}?" if alike else ""
    return f"No line in this range has a field “{visible(name[:40])}”.{meant}"


def _empty(url: PageUrl, stores: Session, query: LogQuery, page: LogPage) -> Markup:
    """No lines, and what to loosen, each a click."""
    ways = []
    if query.text.strip():
        ways.append(ui.link(url.href(q=""), "Without the search text", class_="button"))
    if query.levels:
        ways.append(ui.link(url.href(level=""), "Any level", class_="button"))
    if query.filters:
        dropped = dict.fromkeys((*LABELS, "f"), "")
        ways.append(ui.link(url.href(**dropped), "Without the filters", class_="button"))
    ways.append(ui.link(url.href(from_="now-24h", to=""), "The last 24 hours", class_="button"))
    hint = (
        "Loosen what narrows it:" if is_narrowed(query) else "Nothing was written in this range, or it is kept no more."
    )
    return tag("div", ui.nothing("No lines match." if is_narrowed(query) else "No lines in this range.", hint),
               tag("p", *ways, class_="links"), ui.notes(page.quality, *_strangers(stores, query)),
               class_="log-empty")  # fmt: skip


def tools(url: PageUrl) -> Markup:
    """Live tail, order, export."""
    oldest = is_oldest_first(url)
    live = tag("button", "Live", type="button", class_="log-live", aria_pressed="false",
               title="Show new lines as they are written")  # fmt: skip
    order = ui.link(url.href(sort="" if oldest else "oldest"), "Oldest first ⇅" if oldest else "Newest first ⇅",
                      class_="button", title="Turn the order round")  # fmt: skip
    limit = f"the first {EXPORTED:,} lines at most"
    exports = [
        tag("a", kind.upper(), href=url.href(f"/api/logs/export.{kind}"), class_="button", download="",
            title=f"Download as {kind.upper()}, {limit}")
        for kind in ("csv", "ndjson")
    ]  # fmt: skip
    return tag("span", live, order, *exports, class_="log-tools")


def _facets(url: PageUrl, stores: Session, query: LogQuery, found: LogExplorer) -> Markup:
    lists = [_facet(url, facet) for facet in found.facets.facets if facet.values]
    content = joined([*lists, _more_fields(url, stores, query), ui.notes(found.facets.quality)])
    return tag("details", tag("summary", "Filter by field"), content, class_="facets", open="", data_key="facets")


def _facet(url: PageUrl, facet: Facet) -> Markup:
    chosen = [value for each in url.filters if each.field == facet.field and not each.negated for value in each.values]
    return ui.facet(url, facet, FACETS.get(facet.field, facet.field), chosen)


def _more_fields(url: PageUrl, stores: Session, query: LogQuery) -> Markup:
    """The other fields there are: each a column, or a list of values, away."""
    whole = LogQuery(query.range)
    try:
        found = stores.need_logs().fields(whole, FIELDS, stores.deadline)
    except QueryError as error:
        return ui.failed(error.sentence, error.hint)
    asked = url.all("facet")
    rows = []
    for field in found.fields:
        if field.name in FACETS or canonical(field.name) or "," in field.name:
            continue
        others = [name for name in asked if name != field.name]
        values = others if field.name in asked else [*asked, field.name]
        name = tag("span", visible(field.name), class_="facet-value")
        count = ui.link(url.href(facet=values), name, title=f"Values of {field.name}")
        column = ui.link(with_column(url, field.name), "▥", class_="without", title=f"Column {field.name}")
        rows.append(tag("li", count, column, class_="on" if field.name in asked else None))
    if not rows:
        return ui.EMPTY
    return tag("details", tag("summary", f"Other fields ({len(rows)})"), tag("ul", *rows), class_="facet",
               data_key="other-fields")  # fmt: skip


def _form(url: PageUrl) -> Markup:
    alone = url.value("correlation") or url.value("line")
    return log_form.lookup(url) if alone else log_form.form(url)


PAGE = Page("logs", "Logs", answer, PARTS, "logs", own=("live",), form=_form)
