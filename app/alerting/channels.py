"""Channels: services that apprise can write to, by addresses that are read from files because they contain secrets."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import apprise

from app.alerting.message import Message
from app.alerting.services import content
from queries.core.redact import redact

_LOGGER: Final = "apprise"
_SHORTEST_SECRET: Final = 5  # characters; shorter parts of an address are words such as "v2"
_TYPES: Final = {
    "critical": apprise.NotifyType.FAILURE,
    "page": apprise.NotifyType.FAILURE,
    "high": apprise.NotifyType.FAILURE,
    "low": apprise.NotifyType.INFO,
}


class Channel(Protocol):
    """Something that a message can be sent to."""

    def send(self, message: Message) -> str:
        """Send it. Returns why it failed, empty if the service took it. Does not raise, and takes some seconds."""
        ...


@dataclass(frozen=True)
class AppriseChannel:
    """An address of apprise in a file, read for each message, so that it can be changed.

    `is_short`: text messages, which get one sentence.
    """

    name: str
    url_file: Path
    app_url: str
    is_short: bool = False

    def send(self, message: Message) -> str:
        """See Channel."""
        try:
            address = address_in(self.url_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            return self._unusable(error)
        sent = content(address, message, self.is_short)
        return self._notify(
            address,
            sent.address(address),
            sent.image,
            body=sent.body,
            title=sent.title,
            notify_type=_type(message),
            body_format=sent.format,
        )

    def send_file(self, title: str, text: str, path: Path) -> str:
        """Send a file with a title and a text. Returns why it failed, empty if the service took it."""
        try:
            address = address_in(self.url_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            return self._unusable(error)
        return self._notify(address, address, title=title, body=text, attach=str(path))

    def _unusable(self, error: Exception) -> str:
        return f"The address in {self.url_file} cannot be used: {error}."

    def _notify(self, secret: str, address: str, image: str = "", **notification: Any) -> str:
        """Send by an address; `secret` is the part of it that no reason may contain."""
        with _Complaints() as complaints:
            asset = apprise.AppriseAsset(
                app_id="CodeAgent dashboards", app_url=self.app_url, async_mode=False, image_url_mask=image
            )
            service = apprise.Apprise(asset=asset)
            if not service.add(address):
                return f"apprise does not know the address in {self.url_file}."
            if "attach" in notification and not service[0].attachment_support:
                return f"The service of {self.url_file} takes no files."
            if service.notify(**notification):
                return ""
        return without_secrets(" ".join(complaints.lines), secret) or "The service did not take the message."


def address_in(text: str) -> str:
    """The address in a file, beside empty lines and comments. Raises ValueError unless there is exactly one."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1 or "://" not in lines[0]:
        raise ValueError("one line such as slack://TOKEN/#alerts is needed")
    return lines[0]


def without_secrets(text: str, address: str) -> str:
    """A reason without any part of the address that may be a secret, at most 200 characters."""
    parts = re.split(r"[/:@?&=\s]+", address.partition("://")[2])
    for part in sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(part, "…")
    return redact(text)[:200]


def _type(message: Message) -> apprise.NotifyType:
    return (
        apprise.NotifyType.SUCCESS if message.is_resolved else _TYPES.get(message.severity, apprise.NotifyType.WARNING)
    )


class _Complaints(logging.Handler):
    """What apprise warns about a message in this context, which the threads that it sends in inherit."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line about this message."""
        if _RECEIVER.get() is self:
            self.lines.append(record.getMessage())

    def __enter__(self) -> _Complaints:
        logger = logging.getLogger(_LOGGER)
        logger.propagate = False  # its lines may contain what the addresses contain
        logger.addHandler(self)
        self._before = _RECEIVER.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _RECEIVER.reset(self._before)
        logging.getLogger(_LOGGER).removeHandler(self)


_RECEIVER: Final[ContextVar[_Complaints | None]] = ContextVar("receiver of complaints", default=None)
