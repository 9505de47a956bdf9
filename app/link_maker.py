"""Signed links as people create them, by the share dialog or the command line: checked, stored, then given away."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.board_page import embed_path
from app.json_responses import NotFound
from app.link_store import LinkStore, StoredLink
from app.signed_links import PARAMETER, RUNBOOKS, Kind, LinkScope, LinkSigner
from app.state import parse
from pages import BOARDS
from panels.spec import Dashboard
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.core.time_range import DAY

LONGEST: Final = 7 * DAY  # the largest range of a link, unless a longer one is shared
MOST_DAYS: Final = 3_660
ID_BYTES: Final = 6  # in hexadecimal digits: an id that begins with a hyphen would be an option of the command line


@dataclass(frozen=True)
class LinkRequest:
    """A link to create. `panel` is empty for a whole board; `days` 0 means that it does not expire.

    `filters` are values that the link fixes, labels in `free` may be filtered by any value. `parameters` are others of
    a board's address: `from`, `to`, `compare`. `longest` is the largest range in seconds, 0 for a week or the range of
    `parameters`, whichever is larger.
    """

    board: str
    panel: str
    days: float
    actor: str
    filters: Mapping[str, Sequence[str]]
    free: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    longest: int = 0


@dataclass(frozen=True)
class CreatedLink:
    """Signed paths with their queries; `picture` is empty for a board."""

    id: str
    expires: float
    embed: str
    picture: str


@dataclass(frozen=True)
class LinkMaker:
    """Creates links to the boards of `boards`; without a store they cannot be revoked and have to expire.

    `with_panel` gives a board with its repeated panels, for an address of one.
    """

    signer: LinkSigner
    store: LinkStore | None
    boards: Callable[[], Mapping[str, Dashboard]]
    with_panel: Callable[[Dashboard, str, Mapping[str, Sequence[str]]], Dashboard] = lambda board, _panel, _query: board
    clock: Callable[[], float] = time.time

    def create(self, wish: LinkRequest) -> CreatedLink:
        """The link, which is stored. Raises NotFound, InvalidInput, Forbidden and SourceUnavailable."""
        now, link_id = self.clock(), secrets.token_hex(ID_BYTES)
        link = self._signed(wish, link_id, self._expires(wish.days, now), now)
        self._store(StoredLink(link_id, embed_path(wish.board, wish.panel), now, link.expires, wish.actor))
        return link

    def runbook_signature(self, days: float, actor: str) -> str:
        """The query parameter that shows the picture of any runbook, of a day at most. Raises as `create` does."""
        now, link_id = self.clock(), secrets.token_hex(ID_BYTES)
        labels = sorted({label for board in BOARDS.values() for label in board.filters})
        expires = self._expires(days, now)
        scope = LinkScope("render", RUNBOOKS, "", dict.fromkeys(labels, ()), DAY, expires, link_id)
        signature = self.signer.sign(scope)
        self._store(StoredLink(link_id, f"/render/{RUNBOOKS}", now, expires, actor))
        return f"{PARAMETER}={signature}"

    def wall(self, playlist: str, actor: str) -> tuple[str, str]:
        """The parameter that shows the wall of a playlist until it is revoked. Raises as `create` does."""
        now, link_id = self.clock(), secrets.token_hex(ID_BYTES)
        path = f"kiosk/{playlist}"
        signature = self.signer.sign(LinkScope("wall", path, expires=self._expires(0, now), id=link_id))
        self._store(StoredLink(link_id, f"/{path}", now, 0.0, actor))
        return PARAMETER, signature

    def _store(self, link: StoredLink) -> None:
        if self.store is None:
            return
        try:
            self.store.add(link)
        except (SQLAlchemyError, OSError) as error:
            raise SourceUnavailable(
                "links", f"The link was not stored: {type(error).__name__}.", "Check the database of links."
            ) from None

    def _expires(self, days: float, now: float) -> float:
        if not 0 <= days <= MOST_DAYS:
            raise InvalidInput("days", f"A link works for at most {MOST_DAYS:,} days.", "Write 30, for example.")
        if not days and self.store is None:
            raise InvalidInput(
                "days", "A link that cannot be revoked has to expire.", "Set CODEAGENT_LINKS_FILE, or write 30."
            )
        return now + days * DAY if days else 0.0

    def _signed(self, wish: LinkRequest, link_id: str, expires: float, now: float) -> CreatedLink:
        board = self._known(wish)
        for label in (*wish.filters, *wish.free):
            if label not in board.filters:  # the link would show more than was meant
                raise InvalidInput("filters", f"{board.title} has no filter “{label[:60]}”.")
        chosen = {name: value for name, value in wish.parameters.items() if value}
        state = parse({**wish.filters, **{name: [value] for name, value in chosen.items()}}, board)
        start, end = state.range.resolve(now)
        longest = wish.longest or max(LONGEST, round(end - start))
        filters = {**state.filters, **dict.fromkeys(wish.free, ())}

        def address(kind: Kind, path: str) -> str:
            scope = LinkScope(kind, wish.board, wish.panel, filters, longest, expires, link_id)
            scope.check(kind, wish.board, wish.panel, state, now)
            return self.signer.address(path, scope, chosen)

        picture = f"/render/{wish.board}/{wish.panel}.png"
        return CreatedLink(
            link_id,
            expires,
            address("embed", embed_path(wish.board, wish.panel)),
            address("render", picture) if wish.panel else "",
        )

    def _known(self, wish: LinkRequest) -> Dashboard:
        known = self.boards()
        if wish.board not in known:
            raise NotFound(f"There is no board “{wish.board[:60]}”.", f"Known are: {', '.join(known)}.")
        chosen = {**wish.filters, **{name: [value] for name, value in wish.parameters.items() if value}}
        board = self.with_panel(known[wish.board], wish.panel, chosen)
        if wish.panel and all(panel.id != wish.panel for panel in board.panels):
            raise NotFound(f"{board.title} has no panel “{wish.panel[:60]}”.")
        return board
