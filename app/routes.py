"""Which pages there are, and what stands on them: boards, the kiosk, embeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import about, board_list, shell
from app.board_catalog import BoardCatalog
from app.offer import Offer
from app.settings import Settings
from pages import BOARDS
from pages.exploring import PAGES
from pages.runbooks.document import names
from panels.spec import Dashboard, Panel
from queries.core.redact import redact
from queries.metrics.stats import Stats

SYSTEM_PREFIXES = ("/_dash", "/api/", "/static/")
SYSTEM_PATHS = ("/health/live", "/health/ready", "/metrics", "/kiosk", "/about", "/boards")
NOT_FOUND = (
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Not found</title>"
    "<body style='font:16px system-ui;margin:20vh auto;max-width:40ch'>"
    "<main><h1>There is nothing here</h1><p><a href='/overview'>Go to the overview</a></p></main></body></html>"
)


# A parameter of a page as Dash passes it: its value, or all of them when it is given more than once.
Parameter = str | list[str]


@dataclass(frozen=True)
class DashPage:
    """A page for Dash's router: a fixed path, or a template with variables."""

    name: str
    title: str | Callable[..., str]
    layout: Callable[..., Any]
    path: str | None = None
    template: str | None = None


def pages(settings: Settings, stats: Stats, offer: Callable[[], Offer], catalog: BoardCatalog) -> list[DashPage]:
    """All pages, in the order they are registered."""
    boards = [
        DashPage(f"board.{name}", _title(name, catalog), _board_layout(name, settings, offer, catalog), f"/{name}")
        for name in BOARDS
    ]
    return [
        *boards,
        DashPage(
            "about",
            "About this app · CodeAgent",
            lambda **_: about.layout(stats.registry, redact(settings.prometheus_url), offer()),
            "/about",
        ),
        DashPage("boards", "Boards · CodeAgent", lambda **_: board_list.layout(offer().navigation), "/boards"),
        DashPage("kiosk", "Kiosk · CodeAgent", _kiosk_layout(settings, offer, catalog), "/kiosk"),
        # One variable for both forms: a path variable of Dash swallows slashes.
        DashPage("embed", "CodeAgent", _embed_layout(settings, catalog), template="/embed/<target>"),
        # Dash asks its pages in the order of their names, and this one fits every address: it is the last.
        DashPage("~board", _any_title(catalog), _any_layout(settings, offer, catalog), template="/<board_id>"),
    ]


def exists(path: str, boards: Mapping[str, Dashboard]) -> bool:
    """Whether an address leads anywhere."""
    if path.startswith(SYSTEM_PREFIXES) or path in SYSTEM_PATHS:
        return True
    parts = path.strip("/").split("/")
    if parts[0] == "runbooks" and len(parts) == 2:
        return parts[1] in names()
    if len(parts) == 1 and parts[0] in PAGES:
        return True
    if parts[0] == "embed" and len(parts) in (2, 3):
        return parts[1] in boards and (len(parts) == 2 or any(p.id == parts[2] for p in boards[parts[1]].panels))
    return len(parts) == 1 and parts[0] in boards


def _title(board_id: str, catalog: BoardCatalog) -> Callable[..., str]:
    def title(**_: Parameter) -> str:
        board = catalog.current().by_id.get(board_id)
        return f"{board.title} · CodeAgent" if board else "CodeAgent"

    return title


def _any_title(catalog: BoardCatalog) -> Callable[..., str]:
    def title(board_id: Parameter = "", **_: Parameter) -> str:
        return _title(_values(board_id)[0], catalog)()

    return title


def _any_layout(settings: Settings, offer: Callable[[], Offer], catalog: BoardCatalog) -> Callable[..., Any]:
    """The page of a board that a file has added."""

    def layout(board_id: Parameter = "", **_: Parameter) -> Any:
        return _board_layout(_values(board_id)[0], settings, offer, catalog)()

    return layout


def _board_layout(
    board_id: str, settings: Settings, offer: Callable[[], Offer], catalog: BoardCatalog
) -> Callable[..., Any]:
    def layout(**_: Parameter) -> Any:
        boards, now = catalog.current().by_id, offer()
        if board_id not in boards:
            return _no_board(boards)
        board = boards[board_id]
        return shell.page(now.board(board), demo=settings.demo, navigation=now.navigation, note=now.note(board))

    return layout


def _no_board(boards: Mapping[str, Dashboard]) -> Any:
    return shell.message("No such board", f"Known are: {', '.join(boards)}.")


def _kiosk_layout(settings: Settings, offer: Callable[[], Offer], catalog: BoardCatalog) -> Callable[..., Any]:
    def layout(boards: Parameter = "overview", at: Parameter = "0", **_: Parameter) -> Any:
        every = catalog.current().by_id
        known = [every[name] for name in ",".join(_values(boards)).split(",") if name in every]
        if not known:
            names = ", ".join(every)
            return shell.message("No such board", f"/kiosk?boards=… names none that exists. Known are: {names}.")
        number = _values(at)[0]
        board = known[int(number) % len(known)] if re.fullmatch("[0-9]{1,9}", number) else known[0]
        return shell.bare(board, offer().board(board).panels, "kiosk", demo=settings.demo)

    return layout


def _values(parameter: Parameter) -> list[str]:
    """All values of a parameter of the address, at least one."""
    return [parameter] if isinstance(parameter, str) else (parameter or [""])


def _embed_layout(settings: Settings, catalog: BoardCatalog) -> Callable[..., Any]:
    def layout(target: Parameter = "", **_others: Parameter) -> Any:
        board, _, panel = _values(target)[0].partition("/")
        boards = catalog.current().by_id
        if board not in boards:
            return _no_board(boards)
        chosen: tuple[Panel, ...] = tuple(item for item in boards[board].panels if panel in ("", item.id))
        return shell.bare(boards[board], chosen, "embed", demo=settings.demo)

    return layout
