"""`codeagent-dashboards links create|list|revoke`: signed links for those who cannot sign in."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.board_catalog import BoardCatalog
from app.json_responses import Forbidden
from app.link_store import LinkStore, StoredLink
from app.settings import PREFIX, Settings
from app.signed_links import LinkScope, LinkSigner
from pages.files.problems import suggestion
from queries.core.errors import InvalidInput
from queries.core.time_range import DAY, duration

Write = Callable[[str], object]


@dataclass(frozen=True)
class LinkOptions:
    """A link to create: `target` is BOARD/PANEL, `filters` are LABEL=VALUE, `days` 0 means that it does not expire."""

    target: str
    base: str
    days: float
    filters: Sequence[str] = ()
    longest: str = "7d"


def create(settings: Settings, options: LinkOptions, output: Write, complain: Write) -> int:
    """Print the address of a picture, signed; 2 if the options or settings do not allow it."""
    if settings.link_key_file is None:
        complain(f"There is no key. Set {PREFIX}LINK_KEY_FILE to a file with a secret of 16 characters or more.\n")
        return 2
    board_id, _, panel_id = options.target.partition("/")
    panels = {
        f"{board.id}/{panel.id}"
        for board in BoardCatalog(settings.boards_dir).current().by_id.values()
        for panel in board.panels
    }
    if options.target not in panels:
        complain(f"There is no panel “{options.target}”. {suggestion(options.target, sorted(panels))}\n")
        return 2
    now, link_id = time.time(), secrets.token_urlsafe(6)
    expires = now + options.days * DAY if options.days else 0.0
    path = f"/render/{board_id}/{panel_id}.png"
    try:
        scope = LinkScope(
            "render",
            board_id,
            panel_id,
            _filters(options.filters),
            duration(options.longest, "longest"),
            expires,
            link_id,
        )
        address = LinkSigner(settings.link_key_file).address(options.base + path, scope, {})
        if settings.links_file:
            LinkStore(settings.links_file).add(StoredLink(link_id, path, now, expires, "command line"))
    except (Forbidden, InvalidInput, OSError, sqlite3.Error) as error:
        complain(f"The link was not created: {error}\n")
        return 2
    output(f"{address}\n")
    return 0


def listing(settings: Settings, output: Write, complain: Write) -> int:
    """Print the links that were created, the newest first; 2 where they are not stored."""
    store = _store(settings, complain)
    if store is None:
        return 2
    for link in store.all():
        state = f"revoked {_day(link.revoked)}" if link.revoked else f"expires {_day(link.expires)}"
        output(f"{link.id}  {link.path}  created {_day(link.created)} by {link.actor}, {state}\n")
    return 0


def revoke(settings: Settings, link_id: str, output: Write, complain: Write) -> int:
    """Refuse a link from now on; 1 if there is no such link."""
    store = _store(settings, complain)
    if store is None:
        return 2
    if not store.revoke(link_id, time.time()):
        complain(f"There is no link “{link_id}”. `codeagent-dashboards links list` prints them.\n")
        return 1
    output(f"{link_id} is revoked.\n")
    return 0


def _store(settings: Settings, complain: Write) -> LinkStore | None:
    if settings.links_file is None:
        complain(f"Links are not stored. Set {PREFIX}LINKS_FILE to a file that this user can write.\n")
        return None
    return LinkStore(settings.links_file)


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
