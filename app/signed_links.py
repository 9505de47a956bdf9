"""Signed links: an address that works without sign-in, for one board or panel, some filters, and a limited time.

The token of a display is one for the wall of a playlist.

A signature holds its whole scope, so that checking it needs no store; only a revoked link is looked up by its id.
HMAC-SHA256 by itsdangerous; the key is the content of a file.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlencode

from itsdangerous import BadData, URLSafeSerializer

from app.json_responses import Forbidden, Gone
from app.state import State

Kind = Literal["render", "embed", "wall"]
PARAMETER: Final = "sig"
RUNBOOKS: Final = "runbooks"  # in place of a board: the pictures of runbooks, for the templates of Alertmanager
SALT: Final = "codeagent-dashboards link"
LEAST_KEY: Final = 16  # characters
ADVICE: Final = "Ask whoever gave you the link for a new one."
WALL_ADVICE: Final = "The operator creates a new one: codeagent-dashboards links create kiosk/PLAYLIST."


class LinkExpired(Gone):
    """The time of a link is over."""


class LinkRevoked(Gone):
    """Somebody has revoked a link."""


@dataclass(frozen=True)
class LinkScope:
    """What a link shows. `panel` is empty for a whole board; `expires` is in epoch seconds, 0 for never.

    The board of a wall is the path of its playlist: kiosk/NAME.

    `filters` are the values that an address may choose; with some for a label, the address must choose among them. A
    label without values may be filtered by any value or none. Labels that are not listed cannot be filtered by.
    `longest` is the largest range in seconds, 0 for any.
    """

    kind: Kind
    board: str
    panel: str = ""
    filters: Mapping[str, Sequence[str]] | None = None
    longest: int = 0
    expires: float = 0.0
    id: str = ""

    def check(self, kind: Kind, board: str, panel: str, state: State, now: float) -> None:
        """Raises LinkExpired or Forbidden where an address is not what the link is for."""
        if self.expires and now >= self.expires:
            raise LinkExpired("This link has expired.", ADVICE)
        if (self.kind, self.board) != (kind, board) or self.panel not in ("", panel):
            raise Forbidden("This link is for another board, panel or wall.", ADVICE)
        allowed = self.filters or {}
        for name, values in state.filters.items():
            if name not in allowed or (allowed[name] and not set(values) <= set(allowed[name])):
                raise Forbidden(f"This link does not allow this filter of “{name}”.", ADVICE)
        for name, choices in allowed.items():
            if choices and name not in state.filters:
                raise Forbidden(f"This link needs a filter of “{name}”: {', '.join(choices)}.", ADVICE)
        start, end = state.range.resolve(now)
        if self.longest and end - start > self.longest + 1:
            hours = "an hour" if self.longest == 3_600 else f"{self.longest / 3_600:g} hours"
            raise Forbidden(f"This link shows at most {hours}.", "Choose a shorter range.")


@dataclass(frozen=True)
class LinkSigner:
    """Signs and checks; `is_revoked` takes the id of a link. The key is read from its file for each use."""

    key_file: Path
    is_revoked: Callable[[str], bool] = lambda _: False

    def sign(self, scope: LinkScope) -> str:
        """The signature of a scope, for the parameter `sig`."""
        fields = {
            "k": scope.kind,
            "b": scope.board,
            "p": scope.panel,
            "f": {name: list(values) for name, values in (scope.filters or {}).items()},
            "r": scope.longest,
            "e": round(scope.expires),
            "i": scope.id or secrets.token_hex(6),
        }
        return str(self._serializer().dumps(fields))

    def scope(self, signature: str) -> LinkScope:
        """The scope of a signature. Raises Forbidden where it was not made with the key, LinkRevoked."""
        try:
            fields: dict[str, Any] = self._serializer().loads(signature)
            scope = LinkScope(*(fields[name] for name in ("k", "b", "p", "f", "r", "e", "i")))
        except (BadData, KeyError, TypeError, RecursionError):
            raise Forbidden("The signature of this link is not valid.", "Copy the whole link.") from None
        if self.is_revoked(scope.id):
            if scope.kind == "wall":
                raise LinkRevoked("The token of this display has been revoked.", WALL_ADVICE)
            raise LinkRevoked("This link has been revoked.", ADVICE)
        return scope

    def address(self, path: str, scope: LinkScope, parameters: Mapping[str, str]) -> str:
        """A signed address; the values of the scope's filters are chosen."""
        chosen = [(name, value) for name, values in (scope.filters or {}).items() for value in values]
        return f"{path}?{urlencode([*parameters.items(), *chosen, (PARAMETER, self.sign(scope))], safe='/:')}"

    def _serializer(self) -> URLSafeSerializer:
        key = self.key_file.read_text("utf-8").strip()
        if len(key) < LEAST_KEY:
            raise Forbidden("The key of signed links is too short.", f"Its file needs {LEAST_KEY} characters or more.")
        return URLSafeSerializer(key, SALT, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"})
