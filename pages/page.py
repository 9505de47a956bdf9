"""Types of exploring pages: a page, and its content as named parts of HTML that may be cached for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from markupsafe import Markup

from pages.page_url import PageUrl
from pages.session import Session
from queries.core.errors import QueryError


@dataclass(frozen=True)
class PageContent:
    """The parts of a page by name, its title, and how many seconds it may be cached (`max_age`).

    `errors` are those of failed parts, which show them in their place.
    """

    parts: Mapping[str, Markup]
    max_age: float = 10.0
    title: str = ""
    errors: Mapping[str, QueryError] = field(default_factory=dict)


Q = TypeVar("Q")  # the query parsed from the URL
M = TypeVar("M")  # the model loaded from the stores


@dataclass(frozen=True)
class Page:
    """An exploring page: the names of its parts in order, and the function that renders them (raises QueryError).

    `nav` is its entry in the navigation. A page with `below` has no document of its own: its parts are shown below the
    board of that name.
    """

    id: str
    title: str
    render: Callable[[PageUrl, Session], PageContent]
    parts: tuple[str, ...] = ()
    nav: str = ""
    has_range: bool = True
    below: str = ""
    own: tuple[str, ...] = ()  # parameters used only in the browser
    skip: tuple[str, str] = ("Skip to the content", "main")  # the skip link: text and id of its target
    form: Callable[[PageUrl], Markup] | None = None  # shown when the query is invalid, so that it can be corrected

    @property
    def path(self) -> str:
        """Path of the page."""
        return f"/{self.id}"


def renderer(
    read: Callable[[PageUrl], Q], load: Callable[[Q, Session], M], view: Callable[[Q, M], PageContent]
) -> Callable[[PageUrl, Session], PageContent]:
    """A page's render function: parse the query from the URL, load the model from the stores, render the view.

    `read` raises InvalidInput; `load` raises QueryError if the page cannot be rendered at all; `view` is pure.
    """

    def render(url: PageUrl, session: Session) -> PageContent:
        query = read(url)
        return view(query, load(query, session))

    return render
