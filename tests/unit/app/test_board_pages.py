"""Panels on pages: in order, inside the page, none left out."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from app.board_pages import HEIGHT, WIDTH, board_pages
from app.panel_view import BoardView, PanelState, PanelView
from app.picture_request import board_request
from panels import draw
from panels.spec import Dashboard
from tests.panel_samples import END, WINDOW, samples

SVG = "{http://www.w3.org/2000/svg}svg"


def test_every_panel_stands_once_inside_a_page_and_none_over_another() -> None:
    every = samples()
    views = tuple(
        PanelView(sample.panel, PanelState.FRESH, draw(sample.panel, sample.frames, sample.context), ())
        for sample in every
    )
    board = Dashboard("all", "All kinds", "?", tuple(sample.panel for sample in every))
    request = board_request({}, board, ZoneInfo("UTC"))
    pages = [ElementTree.fromstring(page) for page in board_pages(board, BoardView(WINDOW, END, views), request)]

    assert len(pages) > 1
    count = 0
    for page in pages:
        areas = [[float(panel.get(name, 0)) for name in ("x", "y", "width", "height")] for panel in page.findall(SVG)]
        count += len(areas)
        assert all(x >= 0 and y >= 0 and x + width <= WIDTH and y + height <= HEIGHT for x, y, width, height in areas)
        for (x, y, width, _), (next_x, next_y, _, _) in pairwise(areas):
            assert next_y > y or next_x >= x + width
    assert count == len(every) - 1  # the heading of a row is a text
