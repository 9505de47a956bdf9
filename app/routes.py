"""Which pages there are, and what stands on them: boards, the kiosk, embeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import about, shell
from app.offer import Offer
from app.settings import Settings
from pages import BOARDS
from pages.exploring import PAGES
from panels.spec import Dashboard, Panel
from queries.core.redact import redact
from queries.metrics.stats import Stats

SYSTEM_PREFIXES = ("/_dash", "/api/", "/static/")
SYSTEM_PATHS = ("/health/live", "/health/ready", "/metrics", "/kiosk", "/about")
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
    title: str
    layout: Callable[..., Any]
    path: str | None = None
    template: str | None = None


def pages(settings: Settings, stats: Stats, offer: Callable[[], Offer]) -> list[DashPage]:
    """All pages, in the order they are registered."""
    boards = [
        DashPage(f"board.{board.id}", f"{board.title} · CodeAgent", _board_layout(board, settings, offer), board.path)
        for board in BOARDS.values()
    ]
    return [
        *boards,
        DashPage(
            "about",
            "About this app · CodeAgent",
            lambda **_: about.layout(stats.registry, redact(settings.prometheus_url), offer()),
            "/about",
        ),
        DashPage("kiosk", "Kiosk · CodeAgent", _kiosk_layout(settings, offer), "/kiosk"),
        # One variable for both forms: a path variable of Dash swallows slashes.
        DashPage("embed", "CodeAgent", _embed_layout(settings), template="/embed/<target>"),
    ]


def exists(path: str, boards: Mapping[str, Dashboard]) -> bool:
    """Whether an address leads anywhere."""
    if path.startswith(SYSTEM_PREFIXES) or path in SYSTEM_PATHS:
        return True
    parts = path.strip("/").split("/")
    if len(parts) == 1 and parts[0] in PAGES:
        return True
    if parts[0] == "embed" and len(parts) in (2, 3):
        return parts[1] in boards and (len(parts) == 2 or any(p.id == parts[2] for p in boards[parts[1]].panels))
    return len(parts) == 1 and parts[0] in boards


def has_charts(path: str, boards: Mapping[str, Dashboard]) -> bool:
    """Whether the page of that address draws charts, as boards, walls and most embedded panels do."""
    if path == "/kiosk":
        return True
    parts = path.strip("/").split("/")
    board = boards.get(parts[1] if parts[0] == "embed" and len(parts) > 1 else parts[0])
    panels = board.panels if board else ()
    panel_id = parts[2] if parts[0] == "embed" and len(parts) == 3 else ""
    return any(isinstance(panel.view, shell.CHARTS) for panel in panels if panel_id in ("", panel.id))


def _board_layout(board: Dashboard, settings: Settings, offer: Callable[[], Offer]) -> Callable[..., Any]:
    def layout(**_: Parameter) -> Any:
        now = offer()
        return shell.page(now.board(board), demo=settings.demo, navigation=now.navigation, note=now.note(board))

    return layout


def _kiosk_layout(settings: Settings, offer: Callable[[], Offer]) -> Callable[..., Any]:
    def layout(boards: Parameter = "overview", at: Parameter = "0", **_: Parameter) -> Any:
        known = [BOARDS[name] for name in ",".join(_values(boards)).split(",") if name in BOARDS]
        if not known:
            names = ", ".join(BOARDS)
            return shell.message("No such board", f"/kiosk?boards=… names none that exists. Known are: {names}.")
        number = _values(at)[0]
        board = known[int(number) % len(known)] if re.fullmatch("[0-9]{1,9}", number) else known[0]
        return shell.bare(board, offer().board(board).panels, "kiosk", demo=settings.demo)

    return layout


def _values(parameter: Parameter) -> list[str]:
    """All values of a parameter of the address, at least one."""
    return [parameter] if isinstance(parameter, str) else (parameter or [""])


def _embed_layout(settings: Settings) -> Callable[..., Any]:
    def layout(target: Parameter = "", **_others: Parameter) -> Any:
        board, _, panel = _values(target)[0].partition("/")
        if board not in BOARDS:
            return shell.message("No such board", f"Known are: {', '.join(BOARDS)}.")
        chosen: tuple[Panel, ...] = tuple(item for item in BOARDS[board].panels if panel in ("", item.id))
        return shell.bare(BOARDS[board], chosen, "embed", demo=settings.demo)

    return layout
