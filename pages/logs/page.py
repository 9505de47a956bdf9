"""The logs page: a search, the lines around one, or everything of a request."""

from __future__ import annotations

from pages.logs.load import load
from pages.logs.query import read
from pages.logs.view import PARTS, form, search_error, view
from pages.page import Page, PageContent
from pages.page_url import PageUrl
from pages.session import Session
from queries.search.grammar import GrammarError


def render(url: PageUrl, session: Session) -> PageContent:
    """All parts of the page. Raises QueryError when the lines themselves have no answer."""
    try:
        query = read(url)
        return view(query, load(query, session))
    except GrammarError as error:  # the box has to be there to correct it
        return search_error(url, error)


PAGE = Page("logs", "Logs", render, PARTS, "logs", own=("live",), form=form)
