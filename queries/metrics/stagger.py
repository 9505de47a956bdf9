"""Boards that do not refresh all at the same instant."""

from __future__ import annotations

import zlib
from typing import Final

_MOST: Final = 4.0  # seconds: well below the shortest refresh, so that an older step is not shown for long


def board_now(now: float, board: str) -> float:
    """The moment that all panels of a board share in a refresh: a little before `now`, by another bit for each board.

    A new step then begins for one board after the other, and the backend sees a stream of queries instead of a burst.
    """
    return now - zlib.crc32(board.encode()) % 1_000 / 1_000 * _MOST
