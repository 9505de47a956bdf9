"""Which board stands at an address, and how: a board with its controls, on a wall, or embedded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Request

from app import shell
from app.offer import Offer
from app.repeats import unrepeated
from panels.spec import Dashboard, Panel

Mode = Literal["board", "kiosk", "embed"]


@dataclass(frozen=True)
class BoardPage:
    """A page of one board: `panels` stand on it, and `layout` makes its components."""

    title: str
    board: Dashboard
    panels: tuple[Panel, ...]
    mode: Mode
    layout: Callable[[], Any]
    panel: str = ""  # its id, on a page of one panel

    @property
    def is_whole(self) -> bool:
        """Whether the browser may ask for the board without naming panels."""
        return self.mode == "board"


@dataclass(frozen=True)
class BoardPages:
    """The pages of all boards that are served; `offer` says what of them can have data.

    `expand` gives a board with its repeated panels, for the query of an address.
    """

    offer: Callable[[], Offer]
    by_id: Callable[[], Mapping[str, Dashboard]]
    demo: bool
    expand: Callable[[Dashboard, Mapping[str, Sequence[str]]], Dashboard] = lambda board, _query: board

    def of_request(self, request: Request) -> BoardPage | None:
        """The page of a request; None where no board stands."""
        return self.page(request.path, request.args.to_dict(flat=False))

    def page(self, path: str, query: Mapping[str, Sequence[str]]) -> BoardPage | None:
        """The page of an address; None where no board stands."""
        first, *rest = path.strip("/").split("/")
        if first == "kiosk" and not rest:
            return self._kiosk(query)
        if first == "embed" and len(rest) in (1, 2):
            return self._embed(*rest)
        board = self.by_id().get(first)
        return self._board(self.expand(board, query)) if board and not rest else None

    def _board(self, whole: Dashboard) -> BoardPage:
        offer = self.offer()
        board = offer.board(whole)

        def layout() -> Any:
            return shell.page(board, demo=self.demo, navigation=offer.navigation, note=offer.note(whole))

        return BoardPage(f"{board.title} · CodeAgent", board, board.panels, "board", layout)

    def _kiosk(self, query: Mapping[str, Sequence[str]]) -> BoardPage | None:
        known = self.by_id()
        names = ",".join(query.get("boards", ["overview"])).split(",")
        boards = [unrepeated(known[name]) for name in names if name in known]
        if not boards:
            return None
        number = query.get("at", ["0"])[0]
        board = boards[int(number) % len(boards)] if re.fullmatch("[0-9]{1,9}", number) else boards[0]
        panels = self.offer().board(board).panels

        def layout() -> Any:
            return shell.bare(board, panels, "kiosk", demo=self.demo)

        return BoardPage("Kiosk · CodeAgent", board, panels, "kiosk", layout)

    def _embed(self, board_id: str, panel_id: str = "") -> BoardPage | None:
        known = self.by_id().get(board_id)
        board = unrepeated(known) if known else None
        panels = tuple(panel for panel in board.panels if panel_id in ("", panel.id)) if board else ()
        if board is None or not panels:
            return None
        title = f"{panels[0].title} · {board.title}" if panel_id else board.title
        data = embed_path(board_id, panel_id) + ".json"

        def layout() -> Any:
            return shell.bare(board, panels, "embed", demo=self.demo, address=data)

        return BoardPage(f"{title} · CodeAgent", board, panels, "embed", layout, panel_id)


def embed_path(board_id: str, panel_id: str = "") -> str:
    """The path of an embedded board or panel."""
    return f"/embed/{board_id}/{panel_id}" if panel_id else f"/embed/{board_id}"
