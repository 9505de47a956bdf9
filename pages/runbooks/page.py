"""The runbooks page: the list, or one runbook."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pages import components as ui
from pages.page import Page, PageContent, renderer
from pages.page_url import PageUrl
from pages.runbooks.book import Check, Runbook, runbook, runbooks
from pages.session import Session
from panels.markup import join, tag

_MAX_AGE = 15.0


@dataclass(frozen=True)
class RunbooksQuery:
    """The name of a runbook; empty for the list."""

    url: PageUrl
    name: str


def read(url: PageUrl) -> RunbooksQuery:
    """The query. Raises InvalidInput."""
    return RunbooksQuery(url, url.value("name"))


def load(query: RunbooksQuery, _session: Session) -> Runbook | None:
    """The runbook; None for the list, and if there is none."""
    return runbook(query.name) if query.name else None


def view(query: RunbooksQuery, book: Runbook | None) -> PageContent:
    """The page."""
    if book is not None:
        every = ui.link("/runbooks", "All runbooks", class_="quiet")
        alerts = ui.link(f"/alerts?rule={book.title}", "Alert", class_="quiet")
        body = tag("div", book.html(lambda _, check: _check(check)), class_="prose")
        section = ui.section(book.title, body, more=join([alerts, every]))
        return PageContent({"book": section}, _MAX_AGE, f"{book.title} runbook")
    return PageContent({"book": join([_unknown(query.name), _list()])}, _MAX_AGE, "Runbooks")


def _unknown(name: str) -> Markup:
    if not name:
        return ui.EMPTY
    return ui.error_message(f"There is no runbook “{name[:80]}”.", "Choose one of the list.")


def _list() -> Markup:
    rows = [
        tag("li", ui.link(f"/runbooks?name={book.name}", book.title), " ", tag("span", book.summary, class_="hint"))
        for book in runbooks()
    ]
    return ui.section("Runbooks", tag("ul", *rows, class_="runbooks"))


def _check(check: Check) -> Markup:
    normal = f" normal {check.operator} {check.limit:g}" if check.operator else ""
    return tag(
        "div",
        tag("b", check.title),
        tag("span", f"{check.unit}{normal}", class_="hint"),
        tag("details", tag("summary", "Query"), tag("pre", tag("code", check.expr))),
        class_="check",
    )


render = renderer(read, load, view)
PAGE = Page("runbooks", "Runbooks", render, ("book",), has_range=False)
