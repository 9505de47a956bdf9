"""The head of the log page: search box with help, what narrows the list, ways to look at it, a request's id."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from pages import components as ui
from pages.logs.query import LABELS
from pages.page_url import PageUrl
from panels.markup import join, tag

_TITLES: Final = (("", "Lines"), ("patterns", "Patterns"), ("different", "What is different?"))
_HELP: Final = (
    ("timeout", "the word, anywhere in the line: message, exception, any field"),
    ("*Exception, Url:*checkout*", "an asterisk stands for any letters"),
    ('"rate limit"', "these words in this order"),
    ("level:error", "a field with a value; upper and lower case are the same"),
    ('Endpoint:"/v1/chat/completions"', "a value in quotes: exactly this one"),
    ("Duration:>250", "compared as numbers; also >=, <, <="),
    ("Status:[500 TO 599]", "both ends included; { } leave them out, * is open"),
    ("Endpoint:/v1/chat*", "values that begin so"),
    ("exception.type:*", "lines that have the field"),
    ("NOT level:debug", "the opposite; -level:debug is the same"),
    ("(a OR b) AND c", "words beside each other are join by AND"),
)


def form(url: PageUrl) -> Markup:
    """The whole head of the search."""
    return join([_search(url), _chips(url), tag("div", _views(url), _id_box(url), class_="log-bar")])


def lookup(url: PageUrl) -> Markup:
    """The head of a page of one line or one request: a way back, and the box for another id."""
    back = ui.link(url.to_page("/logs", "q", "level", "f", *LABELS), "All lines", class_="button")
    return tag("div", back, _id_box(url), class_="log-bar")


def _search(url: PageUrl) -> Markup:
    hidden = ui.hidden_fields(url, ("f", "level", "sort", "cols", "view", *LABELS))
    placeholder = "Search lines: level:error timeout"
    box = ui.completed_search_box(url, "q", "Search lines", placeholder, "/api/logs/complete")
    button = tag("button", "Search", type="submit", class_="primary")
    return tag(
        "form",
        hidden,
        tag("span", box, class_="search-box"),
        button,
        _help(),
        class_="search",
        data_explore="",
        role="search",
    )


def _help() -> Markup:
    rows = [tag("tr", tag("td", tag("code", example)), tag("td", text)) for example, text in _HELP]
    return tag(
        "details",
        tag("summary", "How to search"),
        tag("table", tag("tbody", *rows)),
        class_="log-help",
        data_key="help",
    )


def _chips(url: PageUrl) -> Markup:
    """What else narrows the list, each with a way to drop it."""
    chips = []
    for name in ("level", *LABELS):
        for value in url.all(name):
            others = [other for other in url.all(name) if other != value]
            changes: dict[str, Any] = {name: others}
            drop = ui.link(url.href(**changes), "×", class_="drop", title=f"Without {name} {value}")
            chips.append(tag("span", tag("b", name), f" {value} ", drop, class_="filter-chip"))
    return join([tag("div", *chips, class_="filter-chips") if chips else ui.EMPTY, ui.filter_chips(url)])


def _views(url: PageUrl) -> Markup:
    links = []
    for view, title in _TITLES:
        on = view == url.value("view")
        links.append(
            tag(
                "a",
                title,
                href=url.href(view=view),
                data_go="",
                class_="button on" if on else "button",
                aria_current="page" if on else None,
            )
        )
    return tag("nav", *links, class_="log-views", aria_label="Views")


def _id_box(url: PageUrl) -> Markup:
    box = tag(
        "input",
        type="text",
        name="correlation",
        value=url.value("correlation"),
        autocomplete="off",
        spellcheck="false",
        placeholder="Correlation or trace id",
        aria_label="Correlation or trace id",
    )
    button = tag("button", "Show the request", type="submit", class_="button")
    left = [tag("input", type="hidden", name=name, value="") for name in ("line", "around", "before", "after")]
    return tag("form", *left, box, button, class_="search log-id", data_explore="", action="/logs")
