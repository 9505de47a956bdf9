"""Push notifications as the settings want them: the parts that the address, the notifier and the page share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.alerting.history import History
from app.alerting.push.api import PushApi
from app.alerting.push.keys import PushKey, load_key
from app.alerting.push.sender import PushChannel, PushSender
from app.alerting.push.services import PushServices
from app.alerting.push.subscriptions import Subscriptions
from app.settings import Settings, SettingsError


@dataclass(frozen=True)
class PushParts:
    """`icon` is the path of the picture of notifications."""

    settings: Settings
    subscriptions: Subscriptions
    key: PushKey
    services: PushServices
    icon: str
    clock: Callable[[], float]

    @property
    def api(self) -> PushApi:
        """The addresses for browsers."""
        return PushApi(self.subscriptions, self.key, self.services, self.settings.user_header, self.clock)

    def channel(self, users: tuple[str, ...]) -> PushChannel:
        """The channel to the browsers of some users, or of all."""
        contact = self.settings.push_contact or _host_of(self.settings.public_url)
        return PushChannel(
            PushSender(self.subscriptions, self.key, self.services, contact, self.icon, self.clock), users
        )


def push_parts(settings: Settings, history: History | None, icon: str, clock: Callable[[], float]) -> PushParts | None:
    """The parts, None without a key. Raises SettingsError."""
    if settings.push_key_file is None:
        return None
    if history is None:
        raise SettingsError("CODEAGENT_PUSH_KEY_FILE needs CODEAGENT_ALERT_STORE_URL, where subscriptions are stored.")
    if not settings.push_contact and not _host_of(settings.public_url):
        raise SettingsError(
            "CODEAGENT_PUSH_KEY_FILE needs CODEAGENT_PUSH_CONTACT, by which push services reach the operator, such as "
            "mailto:operations@example.org, or CODEAGENT_PUBLIC_URL with https."
        )
    try:
        key = load_key(settings.push_key_file)
    except ValueError as problem:
        raise SettingsError(f"CODEAGENT_PUSH_KEY_FILE cannot be used: {problem}.") from None
    services = PushServices(settings.push_hosts, settings.push_ca_file)
    return PushParts(settings, Subscriptions(history.transaction), key, services, icon, clock)


def _host_of(address: str) -> str:
    """The https address of a host, as push services take it; empty for another one."""
    parts = urlsplit(address)
    return f"https://{parts.hostname}" if parts.scheme == "https" and "." in (parts.hostname or "") else ""
