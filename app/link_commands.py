"""`codeagent-dashboards links create|list|revoke`: signed links for those who cannot sign in, tokens of displays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError

from app import walls
from app.board_catalog import BoardCatalog
from app.link_guard import signer_of
from app.link_maker import LinkMaker, LinkRequest
from app.link_store import LinkStore, link_store
from app.settings import PREFIX, Settings
from app.signed_links import RUNBOOKS
from pages.files.problems import suggestion
from queries.core.errors import InvalidInput, QueryError
from queries.core.time_range import duration

ACTOR: Final = "command line"
WALL: Final = "kiosk"
Write = Callable[[str], object]


@dataclass(frozen=True)
class LinkOptions:
    """A link to create: `target` is BOARD, BOARD/PANEL, kiosk/PLAYLIST or runbooks, `days` 0 for ever.

    `filters` are LABEL=VALUE, `is_embed` gives the page for a frame in place of the picture, `free` are labels that
    readers may filter by.
    """

    target: str
    base: str
    days: float
    filters: Sequence[str] = ()
    longest: str = "7d"
    is_embed: bool = False
    free: Sequence[str] = ()


def create(settings: Settings, options: LinkOptions, output: Write, complain: Write) -> int:
    """Print a signed address; 2 if the options or settings do not allow it."""
    signer = signer_of(settings)
    if signer is None:
        complain(f"There is no key. Set {PREFIX}LINK_KEY_FILE to a file with a secret of 16 characters or more.\n")
        return 2
    boards = BoardCatalog(settings.boards_dir).current().by_id
    maker = LinkMaker(signer, link_store(settings), lambda: boards)
    board_id, _, panel_id = options.target.partition("/")
    if board_id == WALL and WALL not in boards:
        return _create_token(settings, maker, panel_id, options.base, output, complain)
    panels = {f"{board.id}/{panel.id}" for board in boards.values() for panel in board.panels}
    if options.target not in panels | set(boards) | {RUNBOOKS}:
        complain(f"There is no panel “{options.target}”. {suggestion(options.target, sorted(panels))}\n")
        return 2
    try:
        if options.target == RUNBOOKS:
            output(f"{maker.runbook_signature(options.days, ACTOR)}\n")
            return 0
        longest = duration(options.longest, "longest")
        filters = _filters(options.filters)
        wish = LinkRequest(board_id, panel_id, options.days, ACTOR, filters, tuple(options.free), longest=longest)
        link = maker.create(wish)
    except (QueryError, OSError) as error:
        complain(f"The link was not created: {error}\n")
        return 2
    output(f"{options.base}{link.embed if options.is_embed or not link.picture else link.picture}\n")
    return 0


def _create_token(
    settings: Settings, maker: LinkMaker, playlist: str, base: str, output: Write, complain: Write
) -> int:
    """Print the address of a display, whose token does not expire."""
    playlists = walls.load(settings.walls_file) if settings.walls_file else {}
    if playlist not in playlists:
        known = f"Known are: {', '.join(playlists)}." if playlists else f"Set {PREFIX}WALLS_FILE to a file with it."
        complain(f"There is no playlist “{playlist}”. {known}\n")
        return 2
    try:
        signature = maker.wall(playlist, ACTOR)
    except (QueryError, OSError) as error:
        complain(f"The token was not created: {error}\n")
        return 2
    output(f"{base}{walls.PREFIX}{playlist}?{urlencode([signature])}\n")
    return 0


def listing(settings: Settings, output: Write, complain: Write) -> int:
    """Print the links that were created, the newest first; 2 where they are not stored."""
    store = _store(settings, complain)
    if store is None:
        return 2
    try:
        links = store.all()
    except (SQLAlchemyError, OSError) as error:
        complain(f"The links cannot be read: {type(error).__name__}. Check the database of links.\n")
        return 2
    for link in links:
        state = f"revoked {_day(link.revoked)}" if link.revoked else f"expires {_day(link.expires)}"
        output(f"{link.id}  {link.path}  created {_day(link.created)} by {link.actor}, {state}\n")
    return 0


def revoke(settings: Settings, link_id: str, output: Write, complain: Write) -> int:
    """Refuse a link from now on; 1 if there is no such link."""
    store = _store(settings, complain)
    if store is None:
        return 2
    try:
        is_revoked = store.revoke(link_id, time.time())
    except (SQLAlchemyError, OSError) as error:
        complain(f"The link was not revoked: {type(error).__name__}. Check the database of links.\n")
        return 2
    if not is_revoked:
        complain(f"There is no link “{link_id}”. `codeagent-dashboards links list` prints them.\n")
        return 1
    output(f"{link_id} is revoked.\n")
    return 0


def _store(settings: Settings, complain: Write) -> LinkStore | None:
    store = link_store(settings)
    if store is None:
        complain(f"Links are not stored. Set {PREFIX}LINKS_FILE to a file that this user can write.\n")
    return store


def _filters(pairs: Sequence[str]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name or not value:
            raise InvalidInput("filter", f"“{pair}” is not a valid filter.", "Write environment=production.")
        filters.setdefault(name, []).append(value)
    return filters


def _day(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M UTC") if instant else "never"
