"""Secrets in URLs: user information (RFC 3986, section 3.2.1) and secret query values are never shown or logged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

HIDDEN: Final = "***"
# Up to the last @ of a word, because a password may contain an unescaped @ or /.
_USER_INFORMATION: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*:)?//[^\s\"'<>“”]*@", re.IGNORECASE)
_QUERY_VALUE: Final = re.compile(
    r"([?&;](?:[\w.-]*(?:pass|pwd|secret|token|key|auth|cred|sig)[\w.-]*|user(?:name)?)=)[^\s&#\"'<>“”]+", re.IGNORECASE
)


@dataclass(frozen=True)
class Endpoint:
    """A URL without user information, and the decoded user information; `user` is empty if there is none."""

    url: str
    user: str = ""
    password: str = ""


def redact(text: str) -> str:
    """Replace the secrets of every URL in the text by asterisks."""
    if "//" not in text and "=" not in text:
        return text
    text = _USER_INFORMATION.sub(lambda match: f"{match[1] or ''}//{HIDDEN}@", text)
    return _QUERY_VALUE.sub(rf"\g<1>{HIDDEN}", text)


def split_credentials(url: str) -> Endpoint:
    """Split a URL into the address and its decoded user information. Raises ValueError if the URL is not valid."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return Endpoint(url)
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return Endpoint(plain, unquote(parts.username or ""), unquote(parts.password or ""))
