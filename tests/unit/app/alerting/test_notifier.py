"""The loop: each message once over all replicas, an event before and after, and no silence outlives Alertmanager."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.alerting.channels import Channel
from app.alerting.escalation import UNSURE_SECONDS, Level, Policy
from app.alerting.history import History
from app.alerting.message import Composer, Message
from app.alerting.model import AlertEvent, EventKind, Observation, Source
from app.alerting.notifier import LEASE_SECONDS, Notifier
from app.alerting.poller import ABSENT_SECONDS, Poller
from app.alerting.silence_log import SilenceLog
from queries.alerts.silence_changes import ChangeKind
from queries.alerts.types import RoutedAlert, Silence
from queries.core.errors import SourceUnavailable
from queries.metrics.alerts import FiringAlert
from tests.executor_kit import ImmediateExecutor

LABELS = {"alertname": "HighErrorRate", "severity": "critical"}
POLICY = Policy("critical", frozenset({"critical"}), (Level(0, ("a",)), Level(300, ("b",))), resolved=frozenset("ab"))
START = 1_000_000.0


class Recorder(Channel):
    """A channel that keeps titles; fails while `error` is not empty."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.error = ""

    def send(self, message: Message) -> str:
        self.titles.append(message.title)
        return self.error


class Backend:
    """Prometheus and Alertmanager with one alert."""

    def __init__(self) -> None:
        self.is_firing, self.silenced_by, self.is_away = True, (), False
        self.listed: tuple[Silence, ...] = ()

    def alerts(self, _: object) -> tuple[FiringAlert, ...]:
        return (FiringAlert(LABELS, {}, START - 60, START),) if self.is_firing else ()

    def routed_alerts(self, _: object) -> tuple[RoutedAlert, ...]:
        if self.is_away:
            raise SourceUnavailable("Alertmanager", "Alertmanager is away.")
        return (RoutedAlert(LABELS, {}, START, self.silenced_by),) if self.is_firing else ()

    def silences(self, _: object) -> tuple[Silence, ...]:
        return self.listed


class World:
    """Replicas on one store, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.backend, self.channels = Backend(), {"a": Recorder(), "b": Recorder()}
        self.history = History(f"sqlite:///{folder}/alerts.db")

    def replica(self) -> Notifier:
        poller = Poller(self.history, self.backend, self.backend)
        composer = Composer("https://dash.example.org", ZoneInfo("UTC"))
        return Notifier(self.history, poller, (POLICY,), self.channels, composer, lambda: self.now, ImmediateExecutor())

    def turn(self, replica: Notifier, seconds: float = 0.0) -> None:
        """One turn `seconds` later."""
        self.now += seconds
        replica.turn()

    @property
    def sent(self) -> tuple[list[str], list[str]]:
        return self.channels["a"].titles, self.channels["b"].titles

    @property
    def kinds(self) -> list[EventKind]:
        (entry,) = self.history.alerts(0)
        return [event.kind for event in entry.events]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def minutes(world: World, replica: Notifier, count: int) -> None:
    for _ in range(count * 6):
        world.turn(replica, 10)


def test_an_alert_is_told_once_to_each_level_and_its_end_to_both(world: World) -> None:
    replica = world.replica()
    minutes(world, replica, 4)
    assert world.sent == (["Critical: HighErrorRate"], [])

    minutes(world, replica, 4)
    assert world.sent == (["Critical: HighErrorRate"], ["Critical: HighErrorRate"])

    world.backend.is_firing = False
    minutes(world, replica, 2 + int(ABSENT_SECONDS / 60))
    assert [titles[1:] for titles in world.sent] == [["Resolved: HighErrorRate"]] * 2


def test_an_acknowledgement_stops_the_escalation(world: World) -> None:
    replica = world.replica()
    world.turn(replica)
    (entry,) = world.history.alerts(0)
    world.history.add(AlertEvent(entry.alert.id, EventKind.ACKNOWLEDGED, world.now, "Ada"))
    minutes(world, replica, 20)

    assert world.sent == (["Critical: HighErrorRate"], [])


def test_an_event_stands_before_and_after_each_message(world: World) -> None:
    world.turn(world.replica())

    assert world.kinds == [EventKind.FIRING, EventKind.INTENDED, EventKind.SENT]


def test_a_failed_message_is_repeated_later_with_its_reason_in_the_history(world: World) -> None:
    world.channels["a"].error = "refused"
    replica = world.replica()
    world.turn(replica)
    world.channels["a"].error = ""
    world.turn(replica, 10)
    assert len(world.channels["a"].titles) == 1
    world.turn(replica, 10)

    assert len(world.channels["a"].titles) == 2
    (entry,) = world.history.alerts(0)
    assert "refused" in [event.detail for event in entry.events if event.kind is EventKind.FAILED]


def test_two_replicas_send_once_and_the_second_takes_over(world: World) -> None:
    first, second = world.replica(), world.replica()
    for _ in range(5):
        world.turn(first, 1)
        world.turn(second, 1)
    assert world.sent[0] == ["Critical: HighErrorRate"]

    world.now += LEASE_SECONDS
    minutes(world, second, 6)
    assert world.sent == (["Critical: HighErrorRate"], ["Critical: HighErrorRate"])


def test_even_two_holders_make_an_attempt_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "turn", lambda self, replica, _=0.0: replica.turn())
    monkeypatch.setattr(History, "take_lease", lambda *_: True)
    replicas = [world.replica() for _ in range(4)]
    for replica in replicas:
        world.turn(replica)
    for replica in replicas:
        replica.close()

    assert world.sent[0] == ["Critical: HighErrorRate"]


def test_what_was_begun_before_a_kill_is_sent_again_when_it_can_no_longer_be_on_its_way(world: World) -> None:
    (alert,) = world.history.record([Observation(Source.ALERTMANAGER, LABELS, {}, START, START)])
    key = f"{alert.id}/level/1/a"
    world.history.add(AlertEvent(alert.id, EventKind.INTENDED, START, "killed", key=key, attempt=1))
    replica = world.replica()
    world.turn(replica, 10)
    assert world.sent[0] == []
    world.turn(replica, UNSURE_SECONDS)

    assert world.sent[0] == ["Critical: HighErrorRate"]


def test_a_silenced_alert_notifies_nobody_but_a_silence_that_nobody_confirms_holds_nothing_back(world: World) -> None:
    world.backend.silenced_by = ("id",)
    replica = world.replica()
    minutes(world, replica, 10)
    assert world.sent == ([], [])
    (entry,) = world.history.alerts(0)
    assert entry.alert.silenced

    world.backend.is_away = True
    minutes(world, replica, 6)
    assert world.sent[0] == ["Critical: HighErrorRate"]


def test_an_alert_ends_only_if_both_sources_answer_without_it_for_minutes(world: World) -> None:
    replica = world.replica()
    world.turn(replica)
    world.backend.is_firing, world.backend.is_away = False, True
    minutes(world, replica, 10)
    assert world.history.alerts(0)[0].alert.is_firing

    world.backend.is_away = False
    minutes(world, replica, 2)
    assert world.history.alerts(0)[0].alert.is_firing
    minutes(world, replica, 2)
    assert not world.history.alerts(0)[0].alert.is_firing


def test_the_start_is_that_of_alertmanager_and_not_that_of_the_pending_time(world: World) -> None:
    world.turn(world.replica())

    (entry,) = world.history.alerts(0)
    assert (entry.alert.starts, entry.alert.has_exact_start) == (START, True)


def test_without_policies_the_history_is_filled_and_nobody_notified(world: World) -> None:
    notifier = Notifier(world.history, Poller(world.history, world.backend, None), clock=lambda: world.now)
    notifier.turn()
    notifier.close()

    (entry,) = world.history.alerts(0)
    assert [event.kind for event in entry.events] == [EventKind.FIRING]
    assert replace(entry.alert, id="").is_firing


def test_silences_are_recorded_with_their_author_and_their_end(world: World) -> None:
    replica = world.replica()
    silence = Silence("s1", (), START, START + 600, "ana", "deploy", "active")
    world.backend.listed = (silence,)
    world.turn(replica)
    world.backend.listed = (replace(silence, state="expired", ends_at=START + 20),)
    world.turn(replica, 30)

    changes = SilenceLog(world.history.transaction).since(0)

    assert [(change.kind, change.actor) for change in changes] == [(ChangeKind.ENDED, ""), (ChangeKind.CREATED, "ana")]
