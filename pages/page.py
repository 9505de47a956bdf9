"""What an exploring page answers: named parts of HTML, good for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from markupsafe import Markup

from pages.page_url import PageUrl
from pages.session import Session
from queries.core.errors import QueryError


@dataclass(frozen=True)
class Answer:
    """The parts of a page by name; `seconds` says how long they stay true, `title` names the page.

    `failed` names the parts whose questions have no answer; they say so in their place.
    """

    parts: Mapping[str, Markup]
    seconds: float = 10.0
    title: str = ""
    failed: Mapping[str, QueryError] = field(default_factory=dict)


Q = TypeVar("Q")  # what the URL asks for
M = TypeVar("M")  # what the stores answer


@dataclass(frozen=True)
class Page:
    """An exploring page: its parts in order, and how they are filled (raises QueryError).

    `nav` names the entry of the navigation it belongs to. A page with `below` has no document of its own: its parts
    stand below the board of that name.
    """

    id: str
    title: str
    answer: Callable[[PageUrl, Session], Answer]
    parts: tuple[str, ...] = ()
    nav: str = ""
    has_range: bool = True
    below: str = ""
    own: tuple[str, ...] = ()  # parameters that only concern the browser
    skip: tuple[str, str] = ("Skip to the content", "main")  # the first link: its words and the id that it leads to
    form: Callable[[PageUrl], Markup] | None = None  # what stays when the rest is refused, so that it can be mended

    @property
    def path(self) -> str:
        """Its address."""
        return f"/{self.id}"


def answering(
    read: Callable[[PageUrl], Q], load: Callable[[Q, Session], M], view: Callable[[Q, M], Answer]
) -> Callable[[PageUrl, Session], Answer]:
    """How a page answers: its query is read from the URL once, its model loaded from the stores, and drawn.

    `read` raises InvalidInput, `load` QueryError when the page has no answer without it; `view` asks nobody.
    """

    def answer(url: PageUrl, session: Session) -> Answer:
        query = read(url)
        return view(query, load(query, session))

    return answer
