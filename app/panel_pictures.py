"""Pictures of panels: refreshed, drawn with what they show and how old it is, kept until the data change."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.boards import BoardService
from app.encode import max_age
from app.json_responses import NotFound
from app.panel_view import BoardView, PanelState, PanelView
from app.picture_request import PictureRequest
from app.raster import SYSTEM_FONTS, Raster
from app.response_cache import CachedResponse, ResponseCache
from app.settings import Settings
from panels import units
from panels.axis import title_unit
from panels.picture import Caption, picture
from panels.spec import Dashboard, Drawing, Panel, Unit
from queries.core.errors import Busy
from queries.metrics.request import Answer

FORMS: Final[Mapping[str, str]] = {"svg": "image/svg+xml", "png": "image/png"}
AT_ONCE: Final = 4  # refreshes for pictures; boards need the other threads
PENDING: Final = "The data did not arrive in time. Ask for the picture again."
PDF_SECONDS: Final = 15.0  # a board of many panels takes longer than those in view, and nobody looks at the rest later
SHORTEST: Final = 1.0  # seconds that a picture is kept: chats and mail servers ask several times


@dataclass(frozen=True)
class PanelPictures:
    """Makes pictures; identical ones are made once."""

    boards: BoardService
    raster: Raster = field(default_factory=Raster)
    cache: ResponseCache = field(default_factory=lambda: ResponseCache(most=128, most_bytes=32 * 2**20))
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def get(self, board: Dashboard, panel: Panel, form: str, request: PictureRequest) -> CachedResponse:
        """The bytes of a picture. Raises NotFound for another form than svg or png, and Busy."""
        if form not in FORMS:
            raise NotFound(f"“.{form[:20]}” is not a valid format of a picture.", "Use .svg or .png.")
        if form == "svg":
            request = replace(request, scale=1.0)
        key = f"picture:{self.boards.catalog.current().version}:{board.id}/{panel.id}.{form}?{request.key}"
        return self.cache.get(key, lambda: self._make(board, panel, form, request))

    def pdf(self, board: Dashboard, request: PictureRequest) -> CachedResponse:
        """A whole board as PDF. Raises Busy."""
        from app.board_pages import board_pages

        def make() -> CachedResponse:
            view = self._refresh(board, board.panels, request, max(PDF_SECONDS, self.boards.deadline_seconds))
            return _cached(self.raster.pdf(board_pages(board, view, request)), view)

        key = f"pdf:{self.boards.catalog.current().version}:{board.id}?{request.key}"
        return self.cache.get(key, make)

    def _make(self, board: Dashboard, panel: Panel, form: str, request: PictureRequest) -> CachedResponse:
        view = self._refresh(board, [panel], request)
        svg = draw_panel(board, view, view.panels[0], request)
        return _cached(self.raster.png(svg, request.scale) if form == "png" else svg.encode(), view)

    def _refresh(
        self, board: Dashboard, panels: Sequence[Panel], request: PictureRequest, seconds: float | None = None
    ) -> BoardView:
        if not self._turns.acquire(timeout=self.boards.deadline_seconds):
            raise Busy("picture", "Too many pictures are being made. Try again in a moment.", 2.0)
        try:
            return self.boards.refresh(request.state, panels, seconds, board.id)
        finally:
            self._turns.release()


def pictures_of(settings: Settings, boards: BoardService) -> PanelPictures:
    """The pictures of boards, with the fonts that the operator has chosen."""
    return PanelPictures(boards, Raster(fonts=settings.fonts_dir or SYSTEM_FONTS))


def _cached(body: bytes, view: BoardView) -> CachedResponse:
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return CachedResponse(body, b"", tag, time.monotonic() + max(SHORTEST, max_age(view)))


def draw_panel(
    board: Dashboard, refreshed: BoardView, view: PanelView, request: PictureRequest, *, is_alone: bool = True
) -> str:
    """The SVG of one panel of a refreshed board; on a page with others it does not repeat board and range."""
    filters = [f"{name} {', '.join(values)}" for name, values in sorted(request.state.filters.items())]
    reason = _reason(view)
    caption = Caption(
        view.panel.title,
        title_unit(view.panel),
        " · ".join((board.title, *filters)) if is_alone else "",
        _footer(refreshed, view, request.zone) if is_alone else "",
        reason,
        f"{view.sentence} {_age(view.age)}" if view.sentence and not reason else "",
    )
    drawing = Drawing(alt=view.drawing.alt) if reason else view.drawing
    return picture(drawing, request.width, request.height, request.theme, caption, request.zone)


def _reason(view: PanelView) -> str:
    """Why there is nothing to draw; empty for a panel with data."""
    if view.state is PanelState.PENDING:
        return PENDING
    if view.state in (PanelState.QUIET, PanelState.ABSENT, PanelState.FAILED):
        return f"{view.sentence} {view.hint}".strip()
    return ""


def _footer(refreshed: BoardView, view: PanelView, zone: ZoneInfo) -> str:
    """The range with its zone, and how old the newest data are."""
    start, end = (datetime.fromtimestamp(moment, zone) for moment in (refreshed.window.start, refreshed.window.end))
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%-d %b %H:%M}"
    name = end.tzname() or zone.key
    span = f"{start:%-d %b %Y %H:%M} – {until} {name}"
    newest = _newest(view)
    if newest is None:
        return span
    moment = datetime.fromtimestamp(newest, zone)
    old = units.write(max(0.0, refreshed.now - newest), Unit.SECONDS)
    return f"{span} · data until {moment:%H:%M:%S}, {old} old when drawn"


def _newest(view: PanelView) -> float | None:
    """The instant of the newest data in epoch seconds; None without data."""
    ends = [
        outcome.request.window.end - outcome.age if outcome.error else float(outcome.frame.times[-1])
        for outcome in (*view.outcomes, *view.now)
        if isinstance(outcome, Answer) and outcome.frame.times.size
    ]
    return max(ends, default=None)


def _age(seconds: float) -> str:
    return f"These data are {units.write(seconds, Unit.SECONDS)} old." if seconds > 0 else ""
