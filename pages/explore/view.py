"""The page of a metric as HTML: search box, filters, panels, and the ways to keep them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from pages import components as ui
from pages.explore.load import ExploreModel
from pages.explore.query import ExploreQuery
from pages.explore.source import MetricDetails
from pages.page import PageContent
from pages.page_url import PageUrl, split_filter
from panels.axis import title_unit
from panels.markup import join, tag
from panels.spec import Dashboard

LIVE_SECONDS: Final = 10.0
MOST_VALUES: Final = 30
DOWNLOAD: Final = "/api/metrics/board.toml"
PARTS: Final = ("form", "filters", "panels")


def view(query: ExploreQuery, model: ExploreModel) -> PageContent:
    """All parts; panels are refreshed every ten seconds while the range ends now."""
    parts = {"form": form(query.url), "filters": ui.EMPTY, "panels": ui.EMPTY}
    if model.details is None or model.board is None:
        parts["panels"] = _names(query, model)
        return PageContent(parts, LIVE_SECONDS, "Explore metrics")
    parts["filters"] = _filters(query.url, model.details, model.board)
    parts["panels"] = join([_keep(query, model.details, model.board), _panels(query, model)])
    return PageContent(parts, LIVE_SECONDS, model.details.facts.name)


def form(url: PageUrl) -> Markup:
    """The search box with completion over the names of the backend."""
    placeholder = "Name of a metric, such as http_requests_total"
    box = ui.completed_search_box(url, "metric", "Name of a metric", placeholder, "/api/metrics/complete")
    button = tag("button", "Explore", type="submit", class_="primary")
    # The filters of one metric mean nothing for the next.
    hidden = join([ui.hidden_fields(url, ("from", "to")), tag("input", type="hidden", name="f", value="")])
    search = tag("span", box, class_="search-box")
    return tag("form", hidden, search, button, class_="search", data_explore="", action="/explore")


def _names(query: ExploreQuery, model: ExploreModel) -> Markup:
    rows = [tag("li", ui.link(query.url.href(metric=name, f=None), name)) for name in model.names]
    listed = tag("ul", *rows, class_="metric-names") if rows else ui.EMPTY
    if not model.count:
        message = ui.empty_state("The backend had no metrics in the last hour.", "Does it scrape anything?")
    elif query.metric:
        sentence = f"There was no metric “{query.metric}” in the last hour."
        hint = "Did you mean one of these?" if rows else f"{model.count:,} metrics have other names."
        message = ui.empty_state(sentence, hint)
    else:
        message = ui.empty_state("Choose a metric.", f"{model.count:,} names; the first {len(rows)} are listed.")
    return ui.section("Metrics", message, listed)


def _filters(url: PageUrl, details: MetricDetails, board: Dashboard) -> Markup:
    facets = [_facet(url, label, details.values.get(label, ())) for label in board.filters]
    chips = [_chip(url, text) for text in url.all("f")]
    return join([tag("div", *chips, class_="filter-chips"), tag("div", *facets, class_="metric-filters")])


def _chip(url: PageUrl, text: str) -> Markup:
    """A filter that is set, and a link without it."""
    label, value, _ = split_filter(text)
    drop = ui.link(url.without_filter(text), "×", class_="drop", title=f"Without the filter on {label}")
    return tag("span", tag("b", label), f" is {value} ", drop, class_="filter-chip")


def _facet(url: PageUrl, label: str, values: tuple[str, ...]) -> Markup:
    rows = [tag("li", ui.link(url.with_filter(label, value), value)) for value in values[:MOST_VALUES]]
    if len(values) > MOST_VALUES:
        rows.append(tag("li", f"and {len(values) - MOST_VALUES} more", class_="others"))
    count = tag("b", str(len(values)))
    return tag("details", tag("summary", label, " ", count), tag("ul", *rows), class_="metric-filter", data_key=label)


def _keep(query: ExploreQuery, details: MetricDetails, board: Dashboard) -> Markup:
    """What the metric is, and how its panels become a board."""
    facts = details.facts
    address = f"{DOWNLOAD}?{urlencode({'metric': facts.name})}"
    save = tag("a", "Save as board file", href=address, download=f"{board.id}.toml", class_="button")
    command = f"codeagent-dashboards new --metric {facts.name}"
    text = tag("p", f"A {facts.type}. {facts.help}".strip())
    hint = tag("p", "Put the file into the folder of your boards, or write it there by ", tag("code", command), ".")
    names = ui.link(query.url.href(metric=None, f=None), "All metrics", class_="quiet")
    return ui.section(facts.name, text, tag("p", save, class_="ways"), hint, more=names, class_="metric-head")


def _panels(query: ExploreQuery, model: ExploreModel) -> Markup:
    assert model.board is not None
    sections = [
        ui.section(f"{panel.title} {title_unit(panel)}".strip(), drawn, tag("p", panel.description, class_="notes"))
        for panel, drawn in zip(model.board.panels, model.drawn, strict=True)
    ]
    live = query.url.time_range.is_relative
    again = tag("div", data_again=round(1_000 * LIVE_SECONDS)) if live else ui.EMPTY
    return tag("div", *sections, again, class_="metric-panels")
