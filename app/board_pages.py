"""A board on pages of paper: its panels in their grid, drawn as SVG, A4 in landscape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.filled_rows import COLUMNS, grid_rows
from app.panel_pictures import draw_panel
from app.panel_view import BoardView, PanelView
from app.picture_request import PictureRequest
from panels.picture import FONT
from panels.picture_shapes import Area, box, fit, text
from panels.spec import Dashboard, Row
from panels.themes import resolve

WIDTH: Final = 1_123  # A4 at 96 pixels an inch
HEIGHT: Final = 794
_MARGIN: Final = 28
_HEAD: Final = 44
_GAP: Final = 10
_ROW: Final = 84
_HEADING: Final = 30


@dataclass(frozen=True)
class _Placed:
    view: PanelView
    page: int
    area: Area


def board_pages(board: Dashboard, refreshed: BoardView, request: PictureRequest) -> list[str]:
    """One SVG for each page, of WIDTH × HEIGHT pixels; at least one."""
    placed = list(_place(refreshed.panels))
    count = max((panel.page for panel in placed), default=0) + 1
    return [_page(board, refreshed, request, number, count, placed) for number in range(count)]


def _place(views: Sequence[PanelView]) -> Iterator[_Placed]:
    """Where each panel stands: rows as on the page; a row that does not fit begins the next page."""
    page, top = 0, float(_HEAD + _MARGIN)
    width = (WIDTH - 2 * _MARGIN + _GAP) / COLUMNS
    for row in grid_rows(views, lambda view: view.panel.span):
        height = max(_height(view) for view in row)
        if top + height > HEIGHT - _MARGIN:
            page, top = page + 1, float(_HEAD + _MARGIN)
        column = 0
        for view in row:
            area = Area(_MARGIN + column * width, top, view.panel.span * width - _GAP, _height(view))
            yield _Placed(view, page, area)
            column += view.panel.span
        top += height + _GAP


def _height(view: PanelView) -> float:
    if isinstance(view.panel.view, Row):
        return _HEADING
    return min(view.panel.rows * _ROW, HEIGHT - _HEAD - 2 * _MARGIN)


def _page(
    board: Dashboard,
    refreshed: BoardView,
    request: PictureRequest,
    number: int,
    count: int,
    placed: Sequence[_Placed],
) -> str:
    drawn = datetime.fromtimestamp(refreshed.now, request.zone)
    filters = "".join(f" · {name} {', '.join(values)}" for name, values in sorted(request.state.filters.items()))
    start, end = (datetime.fromtimestamp(edge, request.zone) for edge in (refreshed.window.start, refreshed.window.end))
    span = f"{start:%-d %b %Y %H:%M} – {end:%-d %b %Y %H:%M} {end.tzname() or request.zone.key}{filters}"
    parts = [
        box(Area(0, 0, WIDTH, HEIGHT), "var(--page)", radius=0),
        text(board.title, _MARGIN, _MARGIN + 14, size=20, weight=700),
        text(fit(span, WIDTH * 0.6), _MARGIN, _MARGIN + 34, "var(--text-2)"),
        text(f"Drawn {drawn:%-d %b %Y %H:%M}", WIDTH - _MARGIN, _MARGIN + 14, "var(--text-2)", anchor="end"),
        text(f"Page {number + 1} of {count}", WIDTH - _MARGIN, _MARGIN + 34, "var(--text-2)", anchor="end"),
        *(_panel(board, refreshed, request, panel) for panel in placed if panel.page == number),
    ]
    return resolve(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}" font-size="12">{"".join(parts)}</svg>',
        request.theme,
    )


def _panel(board: Dashboard, refreshed: BoardView, request: PictureRequest, placed: _Placed) -> str:
    area, title = placed.area, placed.view.panel.title
    if isinstance(placed.view.panel.view, Row):
        return text(title, area.left, area.bottom - 8, size=15, weight=700)
    size = replace(request, width=int(area.width), height=int(area.height))
    svg = draw_panel(board, refreshed, placed.view, size, is_alone=False)
    return svg.replace("<svg ", f'<svg x="{area.left:.1f}" y="{area.top:.1f}" ', 1)
