"""Which addresses there are, and the pages that Dash shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import about, board_list
from app.installable import MANIFEST, WORKER
from app.offer import Offer
from app.repeats import labels_repeated
from app.settings import Settings
from pages.exploring import PAGES
from pages.runbooks.document import names
from panels.spec import Dashboard
from queries.core.redact import redact
from queries.metrics.stats import Stats

SYSTEM_PREFIXES = ("/_dash", "/api/", "/kiosk/", "/render/", "/static/")
SYSTEM_PATHS = (MANIFEST, WORKER, "/health/live", "/health/ready", "/metrics", "/kiosk", "/about", "/boards")
NOT_FOUND = (
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Not found</title>"
    "<body style='font:16px system-ui;margin:20vh auto;max-width:40ch'>"
    "<main><h1>There is nothing here</h1><p><a href='/overview'>Go to the overview</a></p></main></body></html>"
)


@dataclass(frozen=True)
class DashPage:
    """A page for Dash's router."""

    name: str
    title: str
    layout: Callable[..., Any]
    path: str


def pages(settings: Settings, stats: Stats, offer: Callable[[], Offer]) -> list[DashPage]:
    """The pages that Dash shows; boards are documents of their own."""

    def about_layout(**_: str | list[str]) -> Any:
        return about.layout(stats.registry, redact(settings.prometheus_url), offer())

    def boards_layout(**_: str | list[str]) -> Any:
        return board_list.layout(offer().navigation)

    return [
        DashPage("about", "About this app · CodeAgent", about_layout, "/about"),
        DashPage("boards", "Boards · CodeAgent", boards_layout, "/boards"),
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
        parts[-1] = parts[-1].removesuffix(".json")  # its data
        return parts[1] in boards and (len(parts) == 2 or _can_have(boards[parts[1]], parts[2]))
    return len(parts) == 1 and parts[0] in boards


def _can_have(board: Dashboard, panel_id: str) -> bool:
    """Whether a board has a panel; which copies of repeated panels there are, only the backend knows."""
    return bool(labels_repeated(board)) or any(panel.id == panel_id for panel in board.panels)
