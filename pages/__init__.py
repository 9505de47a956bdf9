"""The pages, one module each, in the order of the navigation."""

from __future__ import annotations

from collections.abc import Mapping

from pages import api_performance, infrastructure, overview, providers, websocket
from pages.endpoint import board as endpoint
from panels.spec import Dashboard

NAVIGATION: tuple[Dashboard, ...] = (
    overview.BOARD,
    api_performance.BOARD,
    providers.BOARD,
    websocket.BOARD,
    infrastructure.BOARD,
)

# Boards that a drill-down leads to; they are not in the navigation.
DETAILS: tuple[Dashboard, ...] = (endpoint.BOARD,)

BOARDS: Mapping[str, Dashboard] = {board.id: board for board in (*NAVIGATION, *DETAILS)}
