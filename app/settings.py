"""Settings: read once from the environment, typed and frozen, a reason beside each default.

Every field `name` is read from `CODEAGENT_NAME`. `Settings.load` raises SettingsError, which names the variable.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from panels import prices
from queries.core.redact import redacted

PREFIX = "CODEAGENT_"


class SettingsError(Exception):
    """A setting cannot be used; the message names its variable and says what to write instead."""


def _text(value: str) -> str:
    return value.strip()


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("a whole number of 0 or more is needed")
    return number


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 < number < 3_600:
        raise ValueError("a number of seconds between 0 and 3600 is needed")
    return number


def _flag(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if value.strip().lower() not in known:
        raise ValueError("write 1 or 0")
    return known[value.strip().lower()]


def _url(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_port(parts):
        raise ValueError("write an address such as http://127.0.0.1:9090")
    if "@" in parts.path:
        raise ValueError("in a user name or password, write / as %2F, @ as %40, ? as %3F and # as %23")
    if parts.query or parts.fragment:
        raise ValueError("leave out ? and # and what follows them; a token belongs into a file")
    return value.strip().rstrip("/")


def _has_port(parts: SplitResult) -> bool:
    """Whether the port is a number or absent."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _optional_url(value: str) -> str:
    return _url(value) if value.strip() else ""


def _redis_url(value: str) -> str:
    parts = urlsplit(value.strip())
    if value.strip() and (parts.scheme not in ("redis", "rediss", "unix") or not _has_port(parts)):
        raise ValueError("write an address such as redis://127.0.0.1:6379/0")
    return value.strip()


def _one_of(*known: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip() not in known:
            raise ValueError(f"choose one of {', '.join(known)}")
        return value.strip()

    return parse


def _path(value: str) -> Path | None:
    return Path(value).expanduser() if value.strip() else None


def _prices(value: str) -> Path | None:
    path = _path(value)
    if path is not None:
        try:
            prices.load(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"it is no price table such as panels/prices.toml ({error})") from None
    return path


def _zone(value: str) -> str:
    try:
        ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("write a zone of the IANA list such as Europe/Berlin") from None
    return value.strip()


def _hosts(value: str) -> tuple[str, ...]:
    names = tuple(value.replace(",", " ").lower().split())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", name):
            raise ValueError(
                f"“{name}” is not a host name; write boards.example.org without a port, several with spaces between"
            )
    return names


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(value.replace(",", " ").split())
    for origin in origins:
        parts = urlsplit(origin)
        if origin != "'self'" and (parts.scheme not in ("http", "https") or parts.path or ";" in origin):
            raise ValueError(f"“{origin}” is no origin; write https://wiki.example.org, several with spaces between")
    return origins


def _setting(default: Any, parse: Callable[[str], Any], reason: str) -> Any:
    return dataclasses.field(default=default, metadata={"parse": parse, "reason": reason})


@dataclass(frozen=True)
class Settings:
    """Everything an operator can choose."""

    prometheus_url: str = _setting("http://127.0.0.1:9090", _url, "Prometheus' own default port on this machine")
    prometheus_token_file: Path | None = _setting(None, _path, "bearer token in a file, so that no list shows it")
    prometheus_user: str = _setting("", _text, "basic auth; the password comes from a file")
    prometheus_password_file: Path | None = _setting(None, _path, "see prometheus_user")
    prometheus_ca_file: Path | None = _setting(None, _path, "the system's authorities are trusted otherwise")
    tenant: str = _setting("", _text, "sent as X-Scope-OrgID to Mimir, Cortex or Thanos; none for plain Prometheus")
    profile: str = _setting("codeagent", _text, "the gateway speaks the contract's names unless told otherwise")
    alertmanager_url: str = _setting("", _optional_url, "without it, firing alerts are read from Prometheus")
    alertmanager_token_file: Path | None = _setting(None, _path, "bearer token in a file, so that no list shows it")
    alertmanager_user: str = _setting("", _text, "basic auth; the password comes from a file")
    alertmanager_password_file: Path | None = _setting(None, _path, "see alertmanager_user")
    alertmanager_ca_file: Path | None = _setting(None, _path, "the authorities of Prometheus are trusted otherwise")
    elasticsearch_url: str = _setting("", _optional_url, "without it, logs and traces are read from files")
    elasticsearch_user: str = _setting("", _text, "basic auth; the password comes from a file")
    elasticsearch_password_file: Path | None = _setting(None, _path, "see elasticsearch_user")
    elasticsearch_api_key_file: Path | None = _setting(None, _path, "an API key instead of user and password")
    elasticsearch_ca_file: Path | None = _setting(None, _path, "the system's authorities are trusted otherwise")
    logs_index: str = _setting("", _text, "an index pattern; the usual ones of the known layouts are tried otherwise")
    logs_layout: str = _setting(
        "auto", _one_of("auto", "serilog", "ecs", "otel", "otlp", "plain"), "recognised by the fields"
    )
    traces_index: str = _setting("", _text, "an index pattern; the usual ones of the known layouts are tried otherwise")
    traces_layout: str = _setting("auto", _one_of("auto", "otel", "apm", "jaeger"), "recognised by the fields")
    logs_dir: Path | None = _setting(None, _path, "where the gateway's file sink writes; none hides the logs")
    traces_dir: Path | None = _setting(None, _path, "where the OTLP file exporter writes; none hides the traces")
    cache_redis_url: str = _setting("", _redis_url, "one process needs no Redis; several workers share one")
    cache_dir: Path | None = _setting(None, _path, "a shared tier on disk where there is no Redis")
    cache_bytes: int = _setting(256 * 2**20, _whole, "256 MiB hold a day of all boards for dozens of filters")
    deadline_seconds: float = _setting(4.0, _seconds, "shorter than the shortest refresh, 5 s")
    scrape_interval: int = _setting(0, _whole, "seconds; 0 asks the backend for that of the gateway's jobs")
    ingestion_delay: float = _setting(60.0, _seconds, "samples may arrive so late; more behind remote write")
    report_timezone: str = _setting("UTC", _zone, "whose midnight begins “today” in costs, the same for every viewer")
    embed_origins: tuple[str, ...] = _setting((), _origins, "nobody may frame a board unless named here")
    max_range_days: int = _setting(90, _whole, "longer ranges belong into recording rules")
    max_series: int = _setting(2_000, _whole, "more lines cannot be told apart, and cost memory")
    prices_file: Path | None = _setting(None, _prices, "our own table of list prices; yours will differ")
    allowed_hosts: tuple[str, ...] = _setting((), _hosts, "names that a proxy passes on; loopback names always work")
    host: str = _setting("127.0.0.1", _text, "loopback until sign-in is configured")
    port: int = _setting(8050, _whole, "Dash's usual port")
    demo: bool = _setting(False, _flag, "says in the interface that the data are made up")

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment; raises SettingsError for a value that cannot be used."""
        values = {}
        for field in dataclasses.fields(cls):
            raw = environ.get(PREFIX + field.name.upper())
            if raw is not None:
                values[field.name] = _parsed(field, raw)
        return _checked(cls(**values))


def _parsed(field: dataclasses.Field[Any], raw: str) -> Any:
    try:
        return field.metadata["parse"](raw)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{field.name.upper()}={redacted(raw)!r} cannot be used: {error}.") from None


_FILES = (
    "prometheus_token_file", "prometheus_password_file", "prometheus_ca_file",
    "alertmanager_token_file", "alertmanager_password_file", "alertmanager_ca_file",
    "elasticsearch_password_file", "elasticsearch_api_key_file", "elasticsearch_ca_file",
)  # fmt: skip


def _checked(settings: Settings) -> Settings:
    for name in _FILES:
        path: Path | None = getattr(settings, name)
        if path is not None and not path.is_file():
            raise SettingsError(f"{PREFIX}{name.upper()} names {path}, which is no file.")
    if not is_loopback(settings.host):
        raise SettingsError(f"{PREFIX}HOST={settings.host} {OPEN}")
    return settings


OPEN = (
    "would open the boards to the network, and sign-in is not configured. "
    "Listen on 127.0.0.1 and put a proxy with sign-in in front."
)


def is_loopback(host: str) -> bool:
    """Whether an address (or localhost) can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
