"""Links that come from data, such as an alert's annotation: only pages of this app are linked."""

from __future__ import annotations

import re
from typing import Final

from pages import BOARDS
from pages.exploring import PAGES

_PATHS: Final = frozenset((*(board.path for board in BOARDS.values()), *(page.path for page in PAGES.values())))
# No blanks, quotes, backslashes or control characters, which browsers drop from addresses or read as something else.
_ADDRESS: Final = re.compile(r"(?P<path>/[a-z-]+)(\?[!$-;=?-\[\]_a-z|~]*)?(#[\w.-]*)?", re.ASCII)


def internal_link(address: str, default: str) -> str:
    """The address if it is a page of this app, with or without query and fragment; else `default`."""
    match = _ADDRESS.fullmatch(address)
    return address if match and match["path"] in _PATHS else default
