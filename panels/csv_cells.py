"""Cells of CSV files that a spreadsheet displays as text instead of evaluating them."""

from __future__ import annotations

import re
from typing import Final

# Spreadsheets trim whitespace before they look for a formula; some also accept the full-width signs.
_FORMULA: Final = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]"
)


def harmless(cell: str) -> str:
    """The cell, with a leading apostrophe if it would be a formula; NUL and leading control characters are visible."""
    text = cell.replace("\x00", "␀")
    return f"'{text}" if _FORMULA.match(cell) or text[:1] in ("\t", "\r", "\n") else text
