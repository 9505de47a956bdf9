"""Which pictures and embeds an address may show: any for whoever is signed in, the signed ones for everybody else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request

from app.json_responses import Forbidden
from app.link_store import LinkStore
from app.settings import Settings
from app.signed_links import Kind, LinkSigner
from app.state import State
from queries.core.errors import SourceUnavailable


@dataclass(frozen=True)
class LinkGuard:
    """Without a signer, the proxy alone decides. With one, only requests with the user's header need no signature."""

    signer: LinkSigner | None = None
    user_header: str = ""
    clock: Callable[[], float] = time.time

    def check(self, request: Request, kind: Kind, board: str, panel: str, state: State) -> None:
        """Raises Forbidden (LinkExpired, LinkRevoked) where the address is not allowed."""
        signature = request.args.get("sig", "")
        if self.signer is None or (not signature and self.is_signed_in(request)):
            return
        if not signature:
            raise Forbidden("This address needs a signed link.", "Make one in the menu of the panel.")
        try:
            scope = self.signer.scope(signature)
        except (OSError, sqlite3.Error):
            raise SourceUnavailable("links", "The link cannot be checked now.", "Try again in a moment.") from None
        scope.check(kind, board, panel, state, self.clock())

    def is_signed_in(self, request: Request) -> bool:
        """Whether the proxy names a user."""
        return bool(self.user_header and request.headers.get(self.user_header, "").strip())


def signer_of(settings: Settings) -> LinkSigner | None:
    """The signer of the settings; None without a key."""
    if settings.link_key_file is None:
        return None
    if settings.links_file is None:
        return LinkSigner(settings.link_key_file)
    return LinkSigner(settings.link_key_file, LinkStore(settings.links_file).is_revoked)
