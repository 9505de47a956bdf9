"""Which board stands at an address, and how: a board with its controls, on a wall, or embedded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Request

from app import shell
from app.offer import Offer
from app.walls import Slide, position_of, slides_of
from panels.spec import Dashboard, Panel
from panels.visible import visible_name

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
    fixed: Mapping[str, Sequence[str]] = field(default_factory=dict)  # filters that the address cannot change
    data: str = ""  # the address of its data, where it is not that of boards
    rotation: tuple[str, ...] = ()  # ids of the boards that a wall shows in turn

    def query(self, parameters: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """The parameters of an address, with the filters that the page has anyway."""
        return {**parameters, **self.fixed}

    @property
    def is_whole(self) -> bool:
        """Whether the browser may ask for the board without naming panels."""
        return self.mode == "board"


@dataclass(frozen=True)
class BoardPages:
    """The pages of all boards that are served; `offer` says what of them can have data.

    `expand` gives a board with its repeated panels for the query of an address, `with_panel` the same for one panel.
    """

    offer: Callable[[], Offer]
    by_id: Callable[[], Mapping[str, Dashboard]]
    demo: bool
    expand: Callable[[Dashboard, Mapping[str, Sequence[str]]], Dashboard] = lambda board, _query: board
    with_panel: Callable[[Dashboard, str, Mapping[str, Sequence[str]]], Dashboard] = lambda board, _panel, _query: board

    def of_request(self, request: Request) -> BoardPage | None:
        """The page of a request; None where no board stands."""
        return self.page(request.path, request.args.to_dict(flat=False))

    def page(self, path: str, query: Mapping[str, Sequence[str]]) -> BoardPage | None:
        """The page of an address; None where no board stands."""
        first, *rest = path.strip("/").split("/")
        if first == "kiosk" and not rest:
            return self._kiosk(query)
        if first == "embed" and len(rest) in (1, 2):
            return self._embed(query, *rest)
        board = self.by_id().get(first)
        return self._board(self.expand(board, query)) if board and not rest else None

    def _board(self, whole: Dashboard) -> BoardPage:
        offer = self.offer()
        board = offer.board(whole)

        def layout() -> Any:
            return shell.page(board, demo=self.demo, navigation=offer.navigation, note=offer.note(whole))

        return BoardPage(f"{board.title} · CodeAgent", board, board.panels, "board", layout)

    def _kiosk(self, query: Mapping[str, Sequence[str]]) -> BoardPage | None:
        return self.wall(slides_of(query.get("boards", ["overview"])), query)

    def wall(self, slides: Sequence[Slide], query: Mapping[str, Sequence[str]], folder: str = "") -> BoardPage | None:
        """The slide of a wall that `at` of its address names; None where no board of it exists.

        `folder` is the address below which its data are.
        """
        known = self.by_id()
        existing = [slide for slide in slides if slide.board in known]
        if not existing:
            return None
        slide = existing[position_of(query.get("at", ["0"])[0]) % len(existing)]
        fixed = {name: slide.filters[name] for name in known[slide.board].filters if name in slide.filters}
        board = self.expand(known[slide.board], {**query, **fixed})
        panels = self.offer().board(board).panels
        chosen = {name: fixed.get(name) or query.get(name, ()) for name in board.filters}
        data = f"{folder}/{board.id}.json" if folder else ""

        def layout() -> Any:
            scope = [visible_name(value) for values in chosen.values() for value in values if value]
            return shell.wall(board, panels, scope, demo=self.demo, fixed=fixed, address=data)

        rotation = tuple(slide.board for slide in existing)
        return BoardPage("Kiosk · CodeAgent", board, panels, "kiosk", layout, "", fixed, data, rotation)

    def _embed(self, query: Mapping[str, Sequence[str]], board_id: str, panel_id: str = "") -> BoardPage | None:
        known = self.by_id().get(board_id)
        if known is None:
            return None
        board = self.with_panel(known, panel_id, query) if panel_id else self.expand(known, query)
        panels = tuple(panel for panel in board.panels if panel_id in ("", panel.id))
        if not panels:
            return None
        title = f"{panels[0].title} · {board.title}" if panel_id else board.title
        data = embed_path(board_id, panel_id) + ".json"

        def layout() -> Any:
            return shell.frame(board, panels, address=data)

        return BoardPage(f"{title} · CodeAgent", board, panels, "embed", layout, panel_id)


def embed_path(board_id: str, panel_id: str = "") -> str:
    """The path of an embedded board or panel."""
    return f"/embed/{board_id}/{panel_id}" if panel_id else f"/embed/{board_id}"
