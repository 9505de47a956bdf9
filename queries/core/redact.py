"""Secrets in addresses: user information and query values are never shown, logged or copied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

HIDDEN: Final = "***"
# Up to the last @ of a word: an unescaped @ or / in a password is not a reason to show half of it.
_USER_INFORMATION: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*:)?//[^\s\"'<>“”]*@", re.IGNORECASE)
_QUERY_VALUE: Final = re.compile(
    r"([?&;](?:[\w.-]*(?:pass|pwd|secret|token|key|auth|cred|sig)[\w.-]*|user(?:name)?)=)[^\s&#\"'<>“”]+", re.IGNORECASE
)


@dataclass(frozen=True)
class Endpoint:
    """An address without user information, and the user information decoded; `user` is empty without any."""

    url: str
    user: str = ""
    password: str = ""


def redacted(text: str) -> str:
    """The text with the secrets of every address in it replaced by asterisks."""
    if "//" not in text and "=" not in text:
        return text
    text = _USER_INFORMATION.sub(lambda match: f"{match[1] or ''}//{HIDDEN}@", text)
    return _QUERY_VALUE.sub(rf"\g<1>{HIDDEN}", text)


def split(url: str) -> Endpoint:
    """The address and the user information that stood in it. Raises ValueError for an unreadable address."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return Endpoint(url)
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return Endpoint(plain, unquote(parts.username or ""), unquote(parts.password or ""))
