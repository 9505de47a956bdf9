"""Cells of CSV files that a spreadsheet shows and does not run."""

from __future__ import annotations

import re
from typing import Final

# Spreadsheets trim what looks like space before they look for a formula; some take the full-width signs as well.
_FORMULA: Final = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]"
)


def harmless(cell: str) -> str:
    """The cell, behind an apostrophe where it would be a formula; control characters that begin it or NUL are shown."""
    text = cell.replace("\x00", "␀")
    return f"'{text}" if _FORMULA.match(cell) or text[:1] in ("\t", "\r", "\n") else text
