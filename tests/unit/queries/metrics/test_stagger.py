"""Each board has its own moment, always the same, and never a later one than now."""

from __future__ import annotations

from queries.metrics.stagger import board_now

BOARDS = ("overview", "api-performance", "providers", "websocket", "infrastructure")


def test_boards_begin_a_step_one_after_the_other() -> None:
    moments = [board_now(1_000.0, board) for board in BOARDS]
    assert len({round(moment, 1) for moment in moments}) == len(BOARDS)
    assert all(996.0 < moment <= 1_000.0 for moment in moments)


def test_a_board_keeps_its_distance() -> None:
    assert round(board_now(2_000.0, "overview") - board_now(1_000.0, "overview"), 6) == 1_000.0
