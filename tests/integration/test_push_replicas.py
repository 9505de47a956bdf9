"""Push notifications on a real store and a real TLS service: replicas never both send, and a kill repeats nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.alerting.escalation import UNSURE_SECONDS, Level, Policy
from app.alerting.history import History
from app.alerting.message import Composer
from app.alerting.model import EventKind, Observation, Source
from app.alerting.notifier import Notifier
from app.alerting.poller import Poller
from app.alerting.push.keys import PushKey, create_key
from app.alerting.push.sender import PushChannel, PushSender
from app.alerting.push.services import PushServices
from app.alerting.push.subscriptions import Subscription, Subscriptions
from queries.core.errors import SourceUnavailable
from tests.executor_kit import ImmediateExecutor
from tests.postgres_kit import database
from tests.push_kit import FakeBrowser, PushService, push_service

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

POLICY = Policy("all", frozenset({"critical"}), (Level(0.0, ("phones",)),))


class Away:
    """A Prometheus that does not answer."""

    def alerts(self, _: object) -> tuple[()]:
        raise SourceUnavailable("Prometheus", "Prometheus is away.")


class Killed(PushChannel):
    """A channel whose process ends after the services took the message, before that is stored."""

    def send(self, message: object) -> str:
        super().send(message)  # type: ignore[arg-type]
        raise SystemExit


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    with push_service(tmp_path) as record:
        yield record


@pytest.fixture
def key(tmp_path: Path) -> PushKey:
    return create_key(tmp_path / "push.pem")


def sender(store: str, service: PushService, key: PushKey) -> PushSender:
    services = PushServices(("localhost",), service.authority)
    return PushSender(Subscriptions(History(store).transaction), key, services, "mailto:operations@example.org")


def subscribe(push: PushSender, service: PushService, name: str) -> None:
    keys = FakeBrowser().keys
    row = Subscription(f"{service.url}/{name}", keys["p256dh"], keys["auth"], "Ada", name, 1.0, push.key.public)
    push.subscriptions.add(row)


def replica(store: str, channel: PushChannel, ahead: float = 0.0) -> Notifier:
    """A notifier that believes that it has the lease, as after a pause in which another one took over."""
    history = History(store)
    poller, composer = Poller(history, Away(), None), Composer("https://d.example", ZoneInfo("UTC"))
    clock = lambda: time.time() + ahead  # noqa: E731
    notifier = Notifier(history, poller, (POLICY,), {"phones": channel}, composer, clock, ImmediateExecutor())
    notifier._leads = lambda _: True  # type: ignore[method-assign]
    notifier._lease_ends = float("inf")
    return notifier


def fire(store: str) -> None:
    now = time.time()
    labels = {"alertname": "ErrorBurst", "severity": "critical"}
    History(store).record([Observation(Source.WEBHOOK, labels, {}, now, now)])


def paths(service: PushService) -> list[str]:
    return sorted(pushed.path for pushed in service.requests)


def test_two_replicas_that_both_believe_to_lead_send_each_browser_one_message(
    store: str, service: PushService, key: PushKey
) -> None:
    push = sender(store, service, key)
    for name in ("a", "b"):
        subscribe(push, service, name)
    fire(store)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda notifier: notifier.turn(), [replica(store, PushChannel(push)) for _ in range(2)]))

    assert paths(service) == ["/a", "/b"]


def test_after_a_kill_only_the_browsers_that_have_nothing_yet_get_it(
    store: str, service: PushService, key: PushKey
) -> None:
    push = sender(store, service, key)
    subscribe(push, service, "a")
    fire(store)
    with pytest.raises(SystemExit):
        replica(store, Killed(push)).turn()
    subscribe(push, service, "b")

    replica(store, PushChannel(push), UNSURE_SECONDS + 1).turn()

    assert paths(service) == ["/a", "/b"]
    (entry,) = History(store).alerts(0)
    assert [event.kind for event in entry.events][-1] is EventKind.SENT


def test_what_is_removed_and_delivered_is_the_same_for_all_replicas(
    store: str, service: PushService, key: PushKey
) -> None:
    first, other = (sender(store, service, key).subscriptions for _ in range(2))
    push = sender(store, service, key)
    subscribe(push, service, "a")
    (row,) = other.all(key.public)

    first.mark_delivered("m", [row.id], 1_000.0)
    first.mark_delivered("m", [row.id], 1_001.0)
    assert other.delivered("m") == {row.id}
    assert first.remove(row.id)
    assert not other.remove(row.id)
    assert other.all(key.public) == ()
