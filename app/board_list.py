"""The page of all boards: those of the navigation, and those that files have added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash

from panels.spec import Dashboard

html: Any = dash.html


def layout(boards: Sequence[Dashboard]) -> Any:
    """Each board with its title, which is a link, and its question."""
    rows = [html.Li([html.A(board.title, href=board.path), html.P(board.question)]) for board in boards]
    return html.Main(
        [
            html.H1("Boards"),
            html.Ul(rows, className="board-list"),
            html.P(html.A("Explore metrics: panels for any metric of the backend", href="/explore")),
            html.P(html.A("Back to the overview", href="/overview")),
        ],
        id="main",
        className="message about",
    )
