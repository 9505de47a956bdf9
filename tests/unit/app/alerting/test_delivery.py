"""From an alert to what a receiver gets over HTTP: once, with its fields, until somebody acknowledges."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.alerting.channels import AppriseChannel
from app.alerting.escalation import UNSURE_SECONDS, Level, Policy
from app.alerting.history import History
from app.alerting.message import Composer
from app.alerting.model import AlertEvent, EventKind, Observation, Source
from app.alerting.notifier import LEASE_SECONDS, Notifier
from app.alerting.poller import Poller
from queries.core.deadline import Deadline
from queries.metrics.alerts import FiringAlert
from tests.executor_kit import ImmediateExecutor

START = 1_795_700_000.0
LABELS = {"alertname": "HighErrorRate", "severity": "critical", "environment": "production"}
NOTES = {"summary": "11 % of requests fail", "value": "11 %", "threshold": "5 %", "runbook": "/runbooks/HighErrorRate"}
POLICY = Policy(
    "critical",
    frozenset({"critical"}),
    (Level(0.0, ("pager",)), Level(300.0, ("manager",))),
    resolved=frozenset({"pager"}),
)


@dataclass
class Receiver:
    """A local service that records what arrives; it refuses while `status` is an error."""

    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def alerts(self) -> list[tuple[str, str]]:
        return [(body["title"], body.get("status", "")) for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    record = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            record.keys.append(self.headers["Idempotency-Key"])
            if record.status == 200:
                record.bodies.append({**content, "path": self.path})
            self.send_response(record.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield record, f"json://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Clock:
    """A clock that tests set."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Rules:
    """A Prometheus whose rules fire what a test wants."""

    firing: tuple[FiringAlert, ...] = ()

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        return self.firing


@dataclass
class Setup:
    """A store, a receiver and replicas of the notifier."""

    history: History
    receiver: Receiver
    clock: Clock
    folder: Path
    rules: Rules = field(default_factory=Rules)
    replicas: list[Notifier] = field(default_factory=list)

    def replica(self) -> Notifier:
        channels = {
            name: AppriseChannel(name, self.folder / name, "https://d.example") for name in ("pager", "manager")
        }
        composer = Composer("https://d.example", ZoneInfo("UTC"))
        notifier = Notifier(
            self.history,
            Poller(self.history, self.rules, None),
            (POLICY,),
            channels,
            composer,
            self.clock,
            ImmediateExecutor(),
        )
        self.replicas.append(notifier)
        return notifier

    def turn(self, notifier: Notifier, after: float) -> None:
        """A turn at so many seconds after the start, until what it sends has been answered."""
        self.clock.now = START + after
        notifier.turn()

    def fire(self) -> str:
        self.rules.firing = (FiringAlert(LABELS, NOTES, START, START),)
        (alert,) = self.history.record([Observation(Source.WEBHOOK, LABELS, NOTES, START, START)])
        return alert.id

    def resolve(self, after: float) -> None:
        ended = START + after
        self.rules.firing = ()
        self.history.record([Observation(Source.WEBHOOK, LABELS, NOTES, START, ended, ends=ended)])


@pytest.fixture
def setup(tmp_path: Path, receiver: tuple[Receiver, str]) -> Iterator[Setup]:
    record, address = receiver
    for name in ("pager", "manager"):
        (tmp_path / name).write_text(f"{address}/{name}\n")
    history = History(f"sqlite:///{tmp_path}/alerts.db")
    arranged = Setup(history, record, Clock(), tmp_path)
    yield arranged
    for notifier in arranged.replicas:
        notifier.close()
    history.close()


def test_a_message_has_the_fields_that_whoever_is_paged_needs(setup: Setup) -> None:
    setup.fire()

    setup.turn(setup.replica(), 60)

    (body,) = setup.receiver.bodies
    assert body["path"] == "/pager"
    assert body["title"] == "Critical: HighErrorRate, production"
    assert (body["value"], body["threshold"], body["status"]) == ("11 %", "5 %", "firing")
    assert body["runbook"] == "https://d.example/runbooks/HighErrorRate"
    assert body["acknowledge"] == "https://d.example/alerts?rule=HighErrorRate"
    assert "Value 11 %, limit 5 %. Since" in body["message"]


def test_an_alert_that_nobody_acknowledges_escalates_once(setup: Setup) -> None:
    setup.fire()
    notifier = setup.replica()

    for after in (0, 30, 299, 301, 330):
        setup.turn(notifier, after)

    assert [body["path"] for body in setup.receiver.bodies] == ["/pager", "/manager"]


def test_an_acknowledgement_stops_the_escalation(setup: Setup) -> None:
    alert_id = setup.fire()
    notifier = setup.replica()
    setup.turn(notifier, 0)

    setup.history.add_all([AlertEvent(alert_id, EventKind.ACKNOWLEDGED, START + 60, "Ada")])
    setup.turn(notifier, 301)

    assert [body["path"] for body in setup.receiver.bodies] == ["/pager"]


def test_the_end_is_reported_to_the_channels_that_want_it(setup: Setup) -> None:
    setup.fire()
    notifier = setup.replica()
    setup.turn(notifier, 0)
    setup.turn(notifier, 301)

    setup.resolve(400)
    setup.turn(notifier, 410)

    assert [body["path"] for body in setup.receiver.bodies] == ["/pager", "/manager", "/pager"]
    assert setup.receiver.alerts()[-1] == ("Resolved: HighErrorRate, production", "resolved")


def test_two_replicas_send_a_message_once(setup: Setup) -> None:
    setup.fire()
    first, second = setup.replica(), setup.replica()

    setup.turn(first, 0)
    setup.turn(second, 1)

    assert len(setup.receiver.bodies) == 1


def test_another_replica_takes_over_when_the_lease_ends(setup: Setup) -> None:
    first, second = setup.replica(), setup.replica()
    setup.turn(first, 0)
    setup.fire()

    setup.turn(second, LEASE_SECONDS + 1)

    assert len(setup.receiver.bodies) == 1


def test_a_message_whose_outcome_is_unknown_is_sent_again_under_its_key(setup: Setup) -> None:
    alert_id = setup.fire()
    intended = AlertEvent(alert_id, EventKind.INTENDED, START, "killed", key=f"{alert_id}/level/1/pager", attempt=1)
    setup.history.add_all([intended])
    notifier = setup.replica()

    setup.turn(notifier, UNSURE_SECONDS - 10)
    assert setup.receiver.bodies == []
    setup.turn(notifier, UNSURE_SECONDS + 1)

    assert [body["path"] for body in setup.receiver.bodies] == ["/pager"]


def test_a_refused_message_is_sent_again_with_the_same_key(setup: Setup) -> None:
    setup.fire()
    notifier = setup.replica()
    setup.receiver.status = 503
    setup.turn(notifier, 0)
    assert setup.receiver.bodies == []

    setup.receiver.status = 200
    setup.turn(notifier, 30)

    assert len(setup.receiver.bodies) == 1
    refused, accepted = setup.receiver.keys
    assert refused
    assert refused == accepted
