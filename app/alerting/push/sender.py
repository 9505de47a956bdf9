"""Sends messages to subscriptions, encrypted for each browser (RFC 8291); one channel of the policy file."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from app.alerting.message import Message
from app.alerting.push.keys import PushKey
from app.alerting.push.services import PushFailed, PushServices, endpoint_of
from app.alerting.push.subscriptions import Subscription, Subscriptions
from queries.core.errors import InvalidInput

LONGEST_TEXT: Final = 300  # characters of a text; services take 4,096 bytes in all
LASTS_SECONDS: Final = 4 * 3_600  # for a device that is off
MOST_SECONDS: Final = 20.0  # for one message to all; shorter than the notifier waits for an outcome
THREADS: Final = 8
_GONE: Final = (404, 410)
_ENDED: Final = "its subscription has ended"
_POINT_BYTES: Final = 65
_SECRET_BYTES: Final = 16


@dataclass(frozen=True)
class PushSender:
    """`icon` is the path of a picture. `clock` gives epoch seconds, `monotonic` seconds that only grow."""

    subscriptions: Subscriptions
    key: PushKey
    services: PushServices
    contact: str
    icon: str = ""
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def send(self, message: Message, users: Sequence[str] = ()) -> str:
        """Send to the browsers of some users, or of everybody; why that failed, empty if it did not.

        Browsers that an earlier attempt has reached are left out, and those that are gone are removed.
        """
        known = self.subscriptions.all(self.key.public, users)
        if not known:
            return "No browser has subscribed."
        delivered = self.subscriptions.delivered(message.key)
        waiting = [subscription for subscription in known if subscription.id not in delivered]
        until = self.monotonic() + MOST_SECONDS
        with ThreadPoolExecutor(THREADS, "push") as pool:
            results = list(pool.map(lambda row: self._outcome(row, message, until), waiting))
        reached = [row.id for row, problem in zip(waiting, results, strict=True) if not problem]
        self.subscriptions.mark_delivered(message.key, reached, self.clock())
        if not reached and not delivered and all(problem == _ENDED for problem in results):
            return "No browser has subscribed any more."
        return _complaint([problem for problem in results if problem not in ("", _ENDED)], len(known))

    def _outcome(self, subscription: Subscription, message: Message, until: float) -> str:
        """Why a browser was not reached; one that is gone is removed."""
        if self.monotonic() > until:
            return "no time was left"
        try:
            status = self._post(subscription, message)
        except (PushFailed, InvalidInput) as problem:
            return str(problem).rstrip(".")
        if status in _GONE:
            self.subscriptions.remove(subscription.id)
            return _ENDED
        return "" if 200 <= status < 300 else f"the push service answers {status}"

    def _post(self, subscription: Subscription, message: Message) -> int:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(LASTS_SECONDS),
            "Urgency": "high",
            # A later message about the same problem replaces one that the device does not have yet.
            "Topic": message.group,
            **self.key.headers(endpoint_of(subscription.endpoint).origin, self.contact, self.clock()),
        }
        content = orjson.dumps(payload(message, subscription.user, self.icon))
        return self.services.post(subscription.endpoint, encrypted(content, subscription), headers)


@dataclass(frozen=True)
class PushChannel:
    """Browsers as a channel of the policy file: those of `users`, or all."""

    sender: PushSender
    users: tuple[str, ...] = ()

    def send(self, message: Message) -> str:
        """See Channel."""
        return self.sender.send(message, self.users)


def payload(message: Message, user: str, icon: str) -> Mapping[str, Any]:
    """The payload for the service worker; assets/src/push/notification.js reads it."""
    link, facts = urlsplit(message.link), message.facts
    return {
        "key": message.key,
        "group": message.group,
        "title": message.title[:LONGEST_TEXT],
        **{name: facts.get(name, "")[:LONGEST_TEXT] for name in ("headline", "value", "threshold")},
        "since": round(message.since * 1_000),
        "isResolved": message.is_resolved,
        "alerts": list(message.alerts),
        "link": link.path + (f"?{link.query}" if link.query else ""),
        "user": user,
        "icon": icon,
    }


def encrypted(content: bytes, subscription: Subscription) -> bytes:
    """Content that only the browser of a subscription can read. Raises InvalidInput for keys that are none."""
    point, secret = browser_keys(subscription.p256dh, subscription.auth)
    private = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(content, private_key=private, dh=point, auth_secret=secret, version="aes128gcm")
    return body


def browser_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """The public key and the secret of a browser. Raises InvalidInput."""
    try:
        point, secret = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (p256dh, auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, binascii.Error):
        point, secret = b"", b""
    if len(point) != _POINT_BYTES or len(secret) != _SECRET_BYTES:
        raise InvalidInput("keys", "The keys of the subscription are not those of a browser.")
    return point, secret


def _complaint(problems: Iterable[str], count: int) -> str:
    """Why some of the browsers were not reached, each reason once."""
    reasons = list(problems)
    if not reasons:
        return ""
    return f"{len(reasons)} of {count} browsers were not reached: {'; '.join(dict.fromkeys(reasons))}."[:300]
