"""The loop that reads alerts and sends notifications; one of all replicas does it at a time, by a lease in the store.

Before a message is sent, an event for each of its alerts is stored, and afterwards another one. The first is a claim as
well: of two processes that want to make the same attempt, only the one whose event was new makes it. So a kill loses no
message, and repeats only one whose outcome was not stored yet.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from app.alerting.channels import Channel
from app.alerting.escalation import Policy, Stage
from app.alerting.grouping import Notification, notifications
from app.alerting.history import History, HistoryUnavailable
from app.alerting.message import Composer
from app.alerting.model import AlertHistory
from app.alerting.poller import Poller

LEASE: Final = "notifier"
LEASE_SECONDS: Final = 20.0
RENEW_SECONDS: Final = 5.0
TURN_SECONDS: Final = 1.0
POLL_SECONDS: Final = 10.0
RECENT_SECONDS: Final = 3_600.0
ALL_SECONDS: Final = 60.0  # between looks at older alerts, for digests and late notices
LOOK_BACK: Final = 14 * 86_400.0  # longer than any holidays
MOST_ALERTS: Final = 5_000
SILENCES_SECONDS: Final = 300.0  # silences that were not confirmed for so long hold nothing back
THREADS: Final = 8
OUTCOME_TRIES: Final = 10

log = logging.getLogger(__name__)


class Notifier:
    """Polls and sends after `start`, in threads of its own or those of `senders`. Without policies it only polls."""

    def __init__(
        self,
        history: History,
        poller: Poller,
        policies: Sequence[Policy] = (),
        channels: Mapping[str, Channel] | None = None,
        composer: Composer | None = None,
        clock: Callable[[], float] = time.time,
        senders: Executor | None = None,
    ) -> None:
        self._history, self._poller, self._policies = history, poller, policies
        self._channels, self._composer, self._clock = channels or {}, composer, clock
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease_ends = self._lease_tried = self._polled = self._looked_back = 0.0
        self._stop = threading.Event()
        self._senders = senders or ThreadPoolExecutor(THREADS, "notify")
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin; call it once, in the process that shall do it."""
        self._thread.start()

    def close(self) -> None:
        """Let what is being sent end, and leave the lease to another replica."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(TURN_SECONDS + 2)
        self._senders.shutdown(wait=True, cancel_futures=False)
        if self._lease_ends > self._clock():
            try:
                self._history.take_lease(LEASE, self.holder, self._clock(), 0.0)
            except HistoryUnavailable as error:
                log.info("%s", error.sentence)

    def turn(self) -> None:
        """Everything that is due now. Raises HistoryUnavailable."""
        now = self._clock()
        if not self._leads(now):
            return
        if now - self._polled >= POLL_SECONDS:
            self._polled = now
            self._poller.poll(now)
        if self._policies:
            looks_back = now - self._looked_back >= ALL_SECONDS
            self._looked_back = now if looks_back else self._looked_back
            for notification in notifications(self._entries(now, looks_back), self._policies, self._clock()):
                # A digest is one message about all alerts, so it waits for a look at all of them.
                if looks_back or notification.stage is not Stage.DIGEST:
                    self._claim_and_send(notification)

    def _run(self) -> None:
        while not self._stop.wait(TURN_SECONDS):
            try:
                self.turn()
            except HistoryUnavailable as error:
                log.warning("Nothing is sent: %s", error.sentence)
                self._stop.wait(RENEW_SECONDS)
            except Exception:
                log.exception("The notifier failed and goes on")
                self._stop.wait(RENEW_SECONDS)

    def _leads(self, now: float) -> bool:
        """Whether this process has the lease, for long enough to use it."""
        if now - self._lease_tried >= RENEW_SECONDS:
            self._lease_tried = now
            has_lease = self._history.take_lease(LEASE, self.holder, now, LEASE_SECONDS)
            self._lease_ends = now + LEASE_SECONDS if has_lease else 0.0
        return self._lease_ends > now + RENEW_SECONDS

    def _entries(self, now: float, looks_back: bool) -> Sequence[AlertHistory]:
        entries = self._history.alerts(now - (LOOK_BACK if looks_back else RECENT_SECONDS), MOST_ALERTS)
        if self._poller.knows_silences(now, SILENCES_SECONDS):
            return entries
        return [replace(entry, alert=replace(entry.alert, silenced=False)) for entry in entries]

    def _claim_and_send(self, notification: Notification) -> None:
        now = self._clock()
        if now >= self._lease_ends:  # paused for so long that another replica may have taken over
            return
        new = self._history.add_all(notification.intents(now, self.holder))
        parts = tuple(part for part, is_new in zip(notification.parts, new, strict=True) if is_new)
        if parts:
            self._senders.submit(self._send, replace(notification, parts=parts))

    def _send(self, notification: Notification) -> None:
        try:
            error = self._error_of(notification)
        except Exception as problem:
            log.exception("A message was not sent to %s", notification.channel)
            error = f"It could not be written or sent ({type(problem).__name__})."
        if error:
            log.warning("A message was not sent to %s: %s", notification.channel, error)
        events = notification.outcomes(self._clock(), self.holder, error)
        for _ in range(OUTCOME_TRIES):
            try:
                self._history.add_all(events)
                return
            except HistoryUnavailable as unavailable:
                log.warning("The outcome of a message is not stored yet: %s", unavailable.sentence)
                self._stop.wait(2.0)

    def _error_of(self, notification: Notification) -> str:
        """Send it; why that failed, empty if it did not."""
        channel = self._channels.get(notification.channel)
        if channel is None or self._composer is None:
            return "There is no such channel in the policy file."
        return channel.send(self._composer.message(notification, self._clock()))
