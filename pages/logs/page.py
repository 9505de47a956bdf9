"""The logs page: a search, the lines around one, or everything of a request."""

from __future__ import annotations

from pages.logs.load import load
from pages.logs.query import read
from pages.logs.view import PARTS, form, mistaken, view
from pages.page import Answer, Page
from pages.page_url import PageUrl
from pages.session import Session
from queries.search.grammar import GrammarError


def answer(url: PageUrl, session: Session) -> Answer:
    """All parts of the page. Raises QueryError when the lines themselves have no answer."""
    try:
        query = read(url)
        return view(query, load(query, session))
    except GrammarError as error:  # the box has to be there to correct it
        return mistaken(url, error)


PAGE = Page("logs", "Logs", answer, PARTS, "logs", own=("live",), form=form)
