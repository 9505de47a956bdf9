"""The logs page as HTML: search, lines over time by level, a list, facets; patterns and what is different."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.logs import chart, context, correlation, groups, rows
from pages.logs import form as head
from pages.logs.load import FACETS, LogsModel, RequestModel, SearchModel
from pages.logs.query import (
    LABELS,
    LineQuery,
    LogsQuery,
    RequestQuery,
    SearchQuery,
    columns_of,
    is_narrowed,
    is_oldest_first,
    with_column,
)
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl
from pages.store_call import StoreResult
from panels.markup import join, tag
from queries.logs.names import canonical_name
from queries.logs.types import LogContext, LogExplorer, LogPage
from queries.search.grammar import GrammarError
from queries.search.results import Facet, FieldList

EXPORTED: Final = 10_000
PARTS: Final = ("form", "facets", "chart", "list")


def view(query: LogsQuery, model: LogsModel) -> PageContent:
    """The page of a search, of a line or of a request."""
    match query, model:
        case RequestQuery(), RequestModel():
            return _single_section(query.url, correlation.title_of(query), correlation.section(query, model))
        case LineQuery(), LogContext():
            return _single_section(query.url, "Lines around", context.section(query, model))
        case SearchQuery(), SearchModel():
            return _search(query, model)
    raise TypeError(f"{type(model).__name__} is no answer to {type(query).__name__}")


def _search(query: SearchQuery, model: SearchModel) -> PageContent:
    url, explorer, parts = query.url, model.explorer, PageParts()
    parts.add("form", lambda: head.form(url))
    parts.add("facets", lambda: _facets(url, explorer, model.fields))
    parts.add("chart", lambda: chart.draw(explorer.histogram, url))
    parts.add("list", lambda: _content(query, model))
    return PageContent(parts.html, min(10.0, url.max_age), "Logs", parts.errors)


def _content(query: SearchQuery, model: SearchModel) -> Markup:
    """Lines, their patterns, or what is different about them. Raises QueryError."""
    if model.patterns is not None:
        return groups.patterns(query.url, model.patterns.get())
    if query.view == "different":
        return groups.different(query.url, query.lines, model.different.get() if model.different else None)
    return _list(query, model.explorer.page, model.known)


def search_error(url: PageUrl, error: GrammarError) -> PageContent:
    """A search that cannot be understood: what is wrong with it, below the box to correct it."""
    return _single_section(url, "Logs", _error_with_position(error, url.value("q")), head.form(url))


def form(url: PageUrl) -> Markup:
    """The head of the page by itself."""
    alone = url.value("correlation") or url.value("line")
    return head.lookup(url) if alone else head.form(url)


def _single_section(url: PageUrl, title: str, content: Markup, form: Markup = ui.EMPTY) -> PageContent:
    """A page of one line, one request, or of a search that cannot be understood."""
    return PageContent(
        {**dict.fromkeys(PARTS, ui.EMPTY), "form": form or head.lookup(url), "list": content}, 10.0, title
    )


def _error_with_position(error: GrammarError, typed: str) -> Markup:
    """What cannot be understood, with its place."""
    position = error.position
    excerpt = tag("pre", typed[:position], tag("mark", typed[position : position + 1] or " "), typed[position + 1 :])
    return tag("div", tag("strong", error.sentence), " ", error.hint, excerpt, class_="explore-error", role="alert")


def _list(query: SearchQuery, page: LogPage, known: StoreResult[FieldList] | None) -> Markup:
    url = query.url
    if not page.lines:
        return _empty(query, page, known)
    table = rows.table(page.lines, url, columns_of(url))
    notes = ui.notes(page.quality)
    following = "Later" if is_oldest_first(url) else "Earlier"
    return ui.section(
        ui.count_text(page.total, "line", "lines"),
        notes,
        table,
        _pager(url, page, following),
        more=tools(url),
        class_="log-box",
    )


def _pager(url: PageUrl, page: LogPage, following: str) -> Markup:
    back = ui.link(url.href(cursor=page.previous), "Back", class_="button") if page.previous else ui.EMPTY
    on = ui.link(url.href(cursor=page.next), f"{following} lines", class_="button") if page.next else ui.EMPTY
    return tag("nav", back, on, class_="pager", aria_label="Pages") if page.next or page.previous else ui.EMPTY


def _unknown_fields(query: SearchQuery, known: StoreResult[FieldList] | None) -> list[str]:
    """Sentences about fields of the search that no line in the range has."""
    if known is None or known.error is not None:
        return []
    names = {field.name.lower(): field.name for field in known.get().fields}
    unknown = (name for name in query.fields if not canonical_name(name))
    return [_unknown_field(name, names) for name in unknown if names.get(name.lower()) != name]


def _unknown_field(name: str, known: Mapping[str, str]) -> str:
    lowered = name.lower()
    longer = [candidate for candidate in known if candidate.startswith(lowered)]
    alike = [lowered] if lowered in known else longer[:1] or get_close_matches(lowered, known, 1)
    meant = f" Did you mean {known[alike[0]]}?" if alike else ""
    return f"No line in this range has a field “{name[:40]}”.{meant}"


def _empty(search: SearchQuery, page: LogPage, known: StoreResult[FieldList] | None) -> Markup:
    """No lines, and which filters may be removed, each a click."""
    url, query = search.url, search.lines
    ways = []
    if query.text.strip():
        ways.append(ui.link(url.href(q=""), "Without the search text", class_="button"))
    if query.levels:
        ways.append(ui.link(url.href(level=""), "Any level", class_="button"))
    if query.filters:
        dropped = dict.fromkeys((*LABELS, "f"), "")
        ways.append(ui.link(url.href(**dropped), "Without the filters", class_="button"))
    ways.append(ui.link(url.href(from_="now-24h", to=""), "The last 24 hours", class_="button"))
    hint = "Try removing a filter:" if is_narrowed(query) else "Nothing was written in this range, or it has expired."
    return tag(
        "div",
        ui.empty_state("No lines match." if is_narrowed(query) else "No lines in this range.", hint),
        tag("p", *ways, class_="links"),
        ui.notes(page.quality, *_unknown_fields(search, known)),
        class_="log-empty",
    )


def tools(url: PageUrl) -> Markup:
    """Live tail, order, export."""
    oldest = is_oldest_first(url)
    live = tag(
        "button",
        "Live",
        type="button",
        class_="log-live",
        aria_pressed="false",
        title="Show new lines as they are written",
    )
    order = ui.link(
        url.href(sort="" if oldest else "oldest"),
        "Oldest first ⇅" if oldest else "Newest first ⇅",
        class_="button",
        title="Reverse order",
    )
    limit = f"the first {EXPORTED:,} lines at most"
    exports = [
        tag(
            "a",
            kind.upper(),
            href=url.href(f"/api/logs/export.{kind}"),
            class_="button",
            download="",
            title=f"Download as {kind.upper()}, {limit}",
        )
        for kind in ("csv", "ndjson")
    ]
    return tag("span", live, order, *exports, class_="log-tools")


def _facets(url: PageUrl, explorer: LogExplorer, fields: StoreResult[FieldList]) -> Markup:
    lists = [_facet(url, facet) for facet in explorer.facets.facets if facet.values]
    content = join([*lists, _more_fields(url, fields), ui.notes(explorer.facets.quality)])
    return tag("details", tag("summary", "Filter by field"), content, class_="facets", open="", data_key="facets")


def _facet(url: PageUrl, facet: Facet) -> Markup:
    chosen = [
        value
        for condition in url.filters
        if condition.field == facet.field and not condition.negated
        for value in condition.values
    ]
    return ui.facet(url, facet, FACETS.get(facet.field, facet.field), chosen)


def _more_fields(url: PageUrl, fields: StoreResult[FieldList]) -> Markup:
    """The other fields there are: each a column, or a list of values, away."""
    if fields.error is not None:
        return ui.error_message(fields.error.sentence, fields.error.hint)
    expanded = url.all("facet")
    rows = []
    for field in fields.get().fields:
        if field.name in FACETS or canonical_name(field.name) or "," in field.name:
            continue
        others = [name for name in expanded if name != field.name]
        values = others if field.name in expanded else [*expanded, field.name]
        name = tag("span", field.name, class_="facet-value")
        count = ui.link(url.href(facet=values), name, title=f"Values of {field.name}")
        column = ui.link(with_column(url, field.name), "▥", class_="without", title=f"Column {field.name}")
        rows.append(tag("li", count, column, class_="on" if field.name in expanded else None))
    if not rows:
        return ui.EMPTY
    return tag(
        "details",
        tag("summary", f"Other fields ({len(rows)})"),
        tag("ul", *rows),
        class_="facet",
        data_key="other-fields",
    )
