"""How each kind of setting is read from text. A ValueError says what is wrong and what to write; its end is a clause.

What is no text is a value already, as the constructor of `Settings` takes it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from app import walls
from panels import prices
from queries.core.zones import zone_of

OPEN: Final = (
    "would open the boards to the network, and sign-in is not configured. "
    "Listen on 127.0.0.1 and put a proxy with sign-in in front"
)
_FLAGS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


def _of_text(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    @wraps(parse)
    def convert(value: Any) -> Any:
        return parse(value) if isinstance(value, str) else value

    return convert


@_of_text
def text(value: str) -> str:
    """Any text, without spaces round it."""
    return value.strip()


def _number(value: str, what: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"“{value}” is not a whole number; {what}") from None


@_of_text
def whole(value: str) -> int:
    """A whole number of 0 or more."""
    number = _number(value, "write 0 or more")
    if number < 0:
        raise ValueError("a whole number of 0 or more is needed")
    return number


@_of_text
def count(value: str) -> int:
    """A whole number of 1 or more."""
    number = _number(value, "write 1 or more")
    if number < 1:
        raise ValueError("a whole number of 1 or more is needed")
    return number


@_of_text
def port(value: str) -> int:
    """A TCP port."""
    number = _number(value, "write a port such as 8050")
    if not 0 < number < 65_536:
        raise ValueError("write a port from 1 to 65535")
    return number


@_of_text
def seconds(value: str) -> float:
    """Seconds above 0 and below an hour."""
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"“{value}” is not a number; write seconds such as 4 or 2.5") from None
    if not 0 < number < 3_600:
        raise ValueError("a number of seconds between 0 and 3600 is needed")
    return number


@_of_text
def dollars(value: str) -> float:
    """US dollars, 0 or more."""
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"“{value}” is not a number; write US dollars such as 2.5") from None
    if not 0 <= number < float("inf"):
        raise ValueError("an amount of 0 or more US dollars is needed")
    return number


@_of_text
def flag(value: str) -> bool:
    """1 or 0, true or false, yes or no; nothing is 0."""
    if value.strip().lower() not in _FLAGS:
        raise ValueError("write 1 or 0")
    return _FLAGS[value.strip().lower()]


@_of_text
def url(value: str) -> str:
    """An http or https address without query or fragment."""
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_port(parts):
        raise ValueError("write an address such as http://127.0.0.1:9090")
    if "@" in parts.path:
        raise ValueError("in a user name or password, write / as %2F, @ as %40, ? as %3F and # as %23")
    if parts.query or parts.fragment:
        raise ValueError("leave out ? and # and what follows them; put a token into a file")
    return value.strip().rstrip("/")


def _has_port(parts: SplitResult) -> bool:
    """Whether the port is a number or absent."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def optional_url(value: Any) -> Any:
    """As `url`, or nothing."""
    return url(value) if str(value).strip() else ""


@_of_text
def redis_url(value: str) -> str:
    """A redis, rediss or unix address, or nothing."""
    parts = urlsplit(value.strip())
    if value.strip() and (parts.scheme not in ("redis", "rediss", "unix") or not _has_port(parts)):
        raise ValueError("write an address such as redis://127.0.0.1:6379/0")
    return value.strip()


@_of_text
def store_url(value: str) -> str:
    """A database of SQLAlchemy: a file of SQLite or a PostgreSQL server, or nothing."""
    if value.strip() and not re.match("(sqlite:///|postgresql://).", value.strip()):
        raise ValueError("write sqlite:////var/lib/codeagent/alerts.db or postgresql://user@host/database")
    return value.strip()


@_of_text
def names(value: str) -> tuple[str, ...]:
    """Names of labels, with spaces or commas between."""
    return tuple(value.replace(",", " ").split())


def one_of(*known: str) -> Callable[[Any], Any]:
    """One of these words."""

    def parse(value: str) -> str:
        if value.strip() not in known:
            raise ValueError(f"choose one of {', '.join(known)}")
        return value.strip()

    return _of_text(parse)


@_of_text
def path(value: str) -> Path | None:
    """A path whose ~ is expanded, or nothing."""
    return Path(value).expanduser() if value.strip() else None


def file(value: Any) -> Path | None:
    """A file that exists, or nothing."""
    name: Path | None = path(value)
    if name is not None and not name.is_file():
        raise ValueError("there is no such file; write the path of a file that this process can read")
    return name


def prices_file(value: Any) -> Path | None:
    """A price table that can be read, or nothing."""
    name = file(value)
    if name is not None:
        try:
            prices.load(name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it is not a price table such as the guide shows ({error})") from None
    return name


def walls_file(value: Any) -> Path | None:
    """Playlists of walls that can be read, or nothing."""
    name = file(value)
    if name is not None:
        try:
            walls.load(name)
        except (OSError, ValueError) as error:
            raise ValueError(f"it is not a valid file of playlists: {error}") from None
    return name


@_of_text
def zone(value: str) -> str:
    """A time zone of the IANA list."""
    if zone_of(value.strip()) is None:
        raise ValueError("write a zone of the IANA list such as Europe/Berlin")
    return value.strip()


@_of_text
def hosts(value: str) -> tuple[str, ...]:
    """Host names without ports, with spaces or commas between."""
    names = tuple(value.replace(",", " ").lower().split())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", name):
            raise ValueError(
                f"“{name}” is not a host name; write boards.example.org without a port, several with spaces between"
            )
    return names


@_of_text
def origins(value: str) -> tuple[str, ...]:
    """Origins for frame-ancestors, with spaces or commas between."""
    names = tuple(value.replace(",", " ").split())
    for name in names:
        parts = urlsplit(name)
        if name != "'self'" and (parts.scheme not in ("http", "https") or parts.path or ";" in name):
            raise ValueError(
                f"“{name}” is not a valid origin; write https://wiki.example.org, several with spaces between"
            )
    return names


@_of_text
def contact(value: str) -> str:
    """An address that push services can write to, or nothing (RFC 8292, section 2.1)."""
    if value.strip() and not re.fullmatch(r"mailto:[^@\s]+@[\w-]+(\.[\w-]+)+|https://[\w-]+(\.[\w-]+)+", value.strip()):
        raise ValueError("write mailto:operations@example.org, or https://example.org without a path")
    return value.strip()


@_of_text
def loopback_host(value: str) -> str:
    """An address that only this machine reaches."""
    if not is_loopback(value.strip()):
        raise ValueError(f"it {OPEN}")
    return value.strip()


def is_loopback(host: str) -> bool:
    """Whether an address (or localhost) can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
