"""Which pictures and embeds an address may show: any for whoever is signed in, the signed ones for everybody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request
from sqlalchemy.exc import SQLAlchemyError

from app.json_responses import Forbidden
from app.link_store import link_store
from app.settings import Settings
from app.signed_links import PARAMETER, Kind, LinkSigner
from app.state import State
from queries.core.errors import SourceUnavailable


@dataclass(frozen=True)
class LinkGuard:
    """With a key or with the header of signed-in users, a request needs that header or a signature.

    Without both, whoever reaches the app may see everything.
    """

    signer: LinkSigner | None = None
    user_header: str = ""
    clock: Callable[[], float] = time.time

    def check(self, request: Request, kind: Kind, board: str, panel: str, state: State) -> None:
        """Raises Forbidden (LinkExpired, LinkRevoked) where the address is not allowed."""
        signature = request.args.get(PARAMETER, "")
        if not self.is_active or (not signature and self.is_signed_in(request)):
            return
        if not signature or self.signer is None:
            raise Forbidden("This address needs a signed link.", "Ask somebody who can sign in for one: “Share”.")
        try:
            scope = self.signer.scope(signature)
        except (OSError, SQLAlchemyError):
            raise SourceUnavailable("links", "The link cannot be checked now.", "Try again in a moment.") from None
        scope.check(kind, board, panel, state, self.clock())

    @property
    def is_active(self) -> bool:
        """Whether answers depend on who requests them, so that no shared cache may store them."""
        return self.signer is not None or bool(self.user_header)

    def is_signed_in(self, request: Request) -> bool:
        """Whether the proxy names a user."""
        return bool(self.user_header and request.headers.get(self.user_header, "").strip())


def signer_of(settings: Settings) -> LinkSigner | None:
    """The signer of the settings; None without a key."""
    if settings.link_key_file is None:
        return None
    store = link_store(settings)
    return LinkSigner(settings.link_key_file, store.is_revoked) if store else LinkSigner(settings.link_key_file)
