"""The pages, one module each, in the order of the navigation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

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


@dataclass(frozen=True)
class Boards:
    """The boards of an installation: those built in, replaced and extended by those of files.

    `version` counts how often they have changed; `problems` names the files that are not valid boards, with the reason.
    """

    navigation: tuple[Dashboard, ...] = NAVIGATION
    details: tuple[Dashboard, ...] = DETAILS
    problems: tuple[str, ...] = ()
    version: int = 0

    @cached_property
    def by_id(self) -> Mapping[str, Dashboard]:
        """Every board by its id, in the order of the navigation."""
        return {board.id: board for board in (*self.navigation, *self.details)}

    @cached_property
    def listing(self) -> str:
        """What scripts must know to ask for a board before they stand on it, as JSON."""
        return self.listing_of(self.by_id)

    def listing_of(self, ids: Iterable[str]) -> str:
        """The same for some boards."""
        boards = [self.by_id[board_id] for board_id in dict.fromkeys(ids)]
        return json.dumps(
            {
                board.id: {
                    "filters": board.filters,
                    "range": board.range,
                    "panels": [panel.id for panel in board.panels],
                }
                for board in boards
            }
        )
