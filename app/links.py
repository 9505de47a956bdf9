"""Links that come from data, such as an alert's annotation: only pages of this app are linked."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from pages import BOARDS
from pages.exploring import PAGES

_PATHS: Final = frozenset((*(board.path for board in BOARDS.values()), *(page.path for page in PAGES.values())))
# No blanks, quotes, backslashes or control characters, which browsers drop from addresses or read as something else.
_ADDRESS: Final = re.compile(r"(?P<path>/[a-z0-9-]+)(\?[!$-;=?-\[\]_a-z|~]*)?(#[\w.-]*)?", re.ASCII)


def internal_link(address: str, default: str, boards: Collection[str] = ()) -> str:
    """The address if it is a page of this app, with or without query and fragment; else `default`.

    `boards` are ids of boards of files.
    """
    match = _ADDRESS.fullmatch(address)
    is_page = match is not None and (match["path"] in _PATHS or match["path"].removeprefix("/") in boards)
    return address if is_page else default
