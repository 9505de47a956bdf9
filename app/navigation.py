"""The links to all pages: a rail on a desktop, a bar with a menu on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dash

from app import icons
from pages import BOARDS
from panels.spec import Dashboard

Component = Any
# Dash's generated signatures reject data-* and aria-* attributes, which its components accept.
html: Any = dash.html

EXPLORERS: Final = (
    ("traces", "Traces", "Traces"),
    ("logs", "Logs", "Log lines"),
    ("alerts", "Alerts", "Alerts and rules"),
)
PHONE_BOARDS: Final = 3  # with links of their own in the bar of a phone


def navigation_bar(current: str, offered: Sequence[Dashboard]) -> Component:
    """Links to all pages; a phone's bar has the first boards, the alerts, and a menu of the others."""
    boards = [(board.id, board.short or board.title, board.title) for board in offered if board.id in BOARDS]
    added = [board.id for board in offered if board.id not in BOARDS]
    here = "boards" if current in added else current
    pages = [*boards, *EXPLORERS, *([("boards", "More", "All boards")] if added else [])]
    first = {page for page, *_ in boards[:PHONE_BOARDS]} | {"alerts"}
    links = [_nav_link(*page, here, is_first=page[0] in first) for page in pages]
    others = [(f"/{page}", title) for page, _, title in pages if page not in first]
    about = html.A("About", href="/about", className="nav-link about-link", title="What this app does for its source")
    search = html.Button(
        [icons.icon("search"), html.Span("Search", className="nav-name")],
        type="button",
        className="nav-link search-link",
        title="Search (Ctrl K)",
        **{"data-palette": ""},
    )
    more = _more(others, f"/{here}")
    return html.Nav([*links, search, about, more], className="rail", **{"aria-label": "Dashboards"})


def _more(others: Sequence[tuple[str, str]], here: str) -> Component:
    """The menu of a phone's bar: pages that have no place of their own in it."""
    items = [
        html.A(
            title, href=path, role="menuitem", **({"aria-current": "page"} if path == here else {}), **{"data-nav": ""}
        )
        for path, title in others
    ]
    about = html.A("About", href="/about", role="menuitem")
    search = html.Button("Search", type="button", role="menuitem", **{"data-palette": ""})
    is_here = {"aria-current": "true"} if here in dict(others) else {}
    button = html.Button(
        [icons.icon("more"), html.Span("More", className="nav-name")],
        type="button",
        className="nav-link",
        **is_here,
        **{"data-menu": "pages", "aria-expanded": "false", "aria-haspopup": "menu"},
    )
    attributes = {"data-menu-of": "pages", "aria-label": "More pages"}
    return html.Div(
        [button, html.Div([search, *items, about], className="menu", role="menu", **attributes)], className="nav-more"
    )


def _nav_link(page: str, short: str, title: str, current: str, *, is_first: bool) -> Component:
    here = {"aria-current": "page"} if page == current else {}
    return html.A(
        [icons.icon("more" if page == "boards" else page), html.Span(short, className="nav-name")],
        href=f"/{page}",
        title=title,
        className="nav-link" if is_first else "nav-link not-phone",
        **here,
        **{"data-nav": ""},
    )
