"""A spreadsheet shows every cell and runs none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panels.csv_cells import harmless

BEFORE = (
    "",
    " ",
    "  ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " \t\n",
    "\x0b",
    "\x00",
    "\xa0",
    "\ufeff",
    "\u200b",
    "\u2003",
    "\x1f",
)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_prefixed(before: str, sign: str) -> None:
    assert harmless(f"{before}{sign}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("cell", ["", "a=1", "text - text", "1", "GET /v1/chat", " a", "ü", "a\n=1", "'=1"])
def test_plain_text_stays(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text())
def test_no_text_is_lost(cell: str) -> None:
    assert harmless(cell).removeprefix("'").endswith(cell.replace("\x00", "␀").removeprefix("'"))
