"""Replicas of the notifier as real processes on a real store: a kill neither loses nor doubles a page, nor do two."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.alerting.escalation import UNSURE_SECONDS
from app.alerting.history import History
from app.alerting.model import EventKind, Observation, Source
from tests.postgres_kit import database
from tests.receivers_kit import Receivers, receivers
from tests.servers import ROOT, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

REPLICA = """
import os, signal, sys, time
from pathlib import Path
from zoneinfo import ZoneInfo
from app.alerting.channels import AppriseChannel
from app.alerting.escalation import Level, Policy
from app.alerting.history import History
from app.alerting.message import Composer
from app.alerting.notifier import Notifier
from app.alerting.poller import Poller
from queries.core.errors import SourceUnavailable

store, address, ahead, killed = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]

class Away:
    def alerts(self, _):
        raise SourceUnavailable("Prometheus", "Prometheus is away.")

class Pager:
    channel = AppriseChannel("pager", address, "https://d.example")

    def send(self, message):
        if killed == "before sending":
            os.kill(os.getpid(), signal.SIGKILL)
        error = self.channel.send(message)
        if killed == "after sending":
            os.kill(os.getpid(), signal.SIGKILL)
        return error

history = History(store)
policy = Policy("all", frozenset({"critical"}), (Level(0.0, ("pager",)),), group_by=("alertname",))
composer = Composer("https://d.example", ZoneInfo("UTC"))
clock = lambda: time.time() + ahead
notifier = Notifier(history, Poller(history, Away(), None), (policy,), {"pager": Pager()}, composer, clock)
if killed == "never, without a lease":  # as if it had been paused, and another one had taken over
    notifier._leads = lambda now: True
    notifier._lease_ends = float("inf")
notifier.start()
print("started", flush=True)
sys.stdin.read()
notifier.close()
"""


class Replica:
    """A process with a notifier, whose clock is `ahead` seconds ahead; `killed` is when it kills itself."""

    def __init__(self, store: str, address: Path, ahead: float = 0.0, killed: str = "never") -> None:
        arguments = [sys.executable, "-c", REPLICA, store, str(address), str(ahead), killed]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(arguments, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it in an orderly way."""
        self.process.communicate()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store."""
    with database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receivers]:
    """A receiver whose address is in the file `pager`."""
    with receivers() as record:
        (tmp_path / "pager").write_text(f"{record.url.replace('http', 'json')}/pager")
        yield record


def fire(history: History, *names: str) -> None:
    now = time.time()
    labels = [{"alertname": name, "severity": "critical"} for name in names]
    history.record([Observation(Source.WEBHOOK, row, {}, now, now) for row in labels])


def keys(receiver: Receivers) -> list[str]:
    return [request.headers["idempotency-key"] for request in receiver.requests_to("/pager")]


def outcomes(history: History, name: str) -> list[EventKind]:
    (entry,) = history.alerts(0, rule=name)
    return [event.kind for event in entry.events if event.kind in (EventKind.SENT, EventKind.FAILED)]


@pytest.mark.parametrize(("killed", "arrivals"), [("before sending", 1), ("after sending", 2)])
def test_a_kill_between_claim_and_outcome_neither_loses_nor_doubles_a_page(
    tmp_path: Path, receiver: Receivers, killed: str, arrivals: int
) -> None:
    """What was sent without a stored outcome is sent again under its key, by which a service drops the second."""
    store = f"sqlite:///{tmp_path}/alerts.db"
    history = History(store)
    fire(history, "A")
    first = Replica(store, tmp_path / "pager", killed=killed)
    assert first.process.wait(30) == -signal.SIGKILL
    assert outcomes(history, "A") == []

    second = Replica(store, tmp_path / "pager", ahead=UNSURE_SECONDS + 1)
    wait_until(lambda: outcomes(history, "A") == [EventKind.SENT], 30)
    second.stop()

    assert len(keys(receiver)) == arrivals
    assert len(set(keys(receiver))) == 1
    history.close()


@pytest.mark.parametrize(
    ("store", "lease"),
    [("postgresql", "never"), ("sqlite", "never, without a lease")],
    ids=["one lease", "both believe to have it"],
    indirect=["store"],
)
def test_two_replicas_page_once(store: str, tmp_path: Path, receiver: Receivers, lease: str) -> None:
    history = History(store)
    names = [f"{lease} {number}" for number in range(8)]
    with ExitStack() as stack:
        for _ in range(2):
            replica = Replica(store, tmp_path / "pager", killed=lease)
            stack.callback(replica.stop)
            assert replica.process.stdout is not None
            replica.process.stdout.readline()
        fire(history, *names)
        wait_until(lambda: all(outcomes(history, name) for name in names), 30)

    assert len(keys(receiver)) == len(set(keys(receiver))) == len(names)
    assert {tuple(outcomes(history, name)) for name in names} == {(EventKind.SENT,)}
    history.close()
