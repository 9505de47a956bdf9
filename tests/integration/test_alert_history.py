"""The alert history with a real Alertmanager and a real PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from werkzeug.serving import make_server

from app.alerting.history import History
from app.alerting.model import AlertEvent, EventKind, Observation, Source, fingerprint
from app.factory import create_app
from app.settings import Settings
from tests.postgres_kit import address_of, postgres
from tests.servers import ROOT, Server, alertmanager, free_port, running, wait_until

pytestmark = pytest.mark.integration

TOKEN = "token-of-a-test"
LABELS = {"alertname": "HighErrorRate", "severity": "critical", "environment": "prüfung", "team": "backend"}
CONFIG = """
route: {{receiver: history, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: history
    webhook_configs:
      - url: {url}/api/alerts/webhook
        http_config: {{authorization: {{credentials_file: {token}}}}}
"""


@contextmanager
def dashboards(store: str, token: Path) -> Iterator[str]:
    """The address of an app with an alert history."""
    app = create_app(
        Settings(
            prometheus_url=f"http://127.0.0.1:{free_port()}", alert_store_url=store, alert_webhook_token_file=token
        )
    )
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.engine.close()


def configured(path: Path, url: str, token: Path) -> Path:
    """The file, with a route to the webhook."""
    path.write_text(CONFIG.format(url=url, token=token))
    return path


def post(server: Server, **fields: Any) -> None:
    body = [{"labels": LABELS, "annotations": {"summary": "High error rate"}, **fields}]
    requests.post(f"{server.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()


def test_alertmanagers_notifications_are_the_history(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    config = tmp_path / "alertmanager.yml"
    with (
        dashboards(f"sqlite:///{tmp_path}/alerts.db", tmp_path / "token") as url,
        running(alertmanager(tmp_path, configured(config, url, tmp_path / "token"))) as server,
    ):

        def listed() -> list[dict[str, Any]]:
            alerts: list[dict[str, Any]] = requests.get(f"{url}/api/alerts", timeout=5).json()["alerts"]
            return alerts

        began = datetime.now(UTC) - timedelta(hours=1)
        starts = f"{began:%Y-%m-%dT%H:%M:%S}.123456789Z"
        post(server, startsAt=starts)
        wait_until(lambda: bool(listed()), 20)
        (known,) = requests.get(f"{server.url}/api/v2/alerts", timeout=5).json()
        (alert,) = listed()
        assert alert["id"].split("-")[0] == known["fingerprint"] == fingerprint(LABELS)
        assert alert["labels"] == LABELS
        assert alert["ends"] is None

        post(server, startsAt=starts, endsAt=f"{began + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
        wait_until(lambda: listed()[0]["ends"] is not None, 20)
        assert len(listed()) == 1


WRITER = """
import sys
from app.alerting.history import History
from app.alerting.model import AlertEvent, EventKind
history = History(sys.argv[1])
for number in range(100_000):
    history.add(AlertEvent(sys.argv[2], EventKind.INTENDED, float(number), key="k", attempt=number))
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_stored_and_the_lease_becomes_free(
    tmp_path: Path,
) -> None:
    address = f"sqlite:///{tmp_path}/alerts.db"
    history = History(address)
    (alert,) = history.record([Observation(Source.WEBHOOK, LABELS, {}, 1000.0, 1000.0)])
    assert history.take_lease("escalation", "writer", now=1000.0, seconds=30.0)
    arguments = [sys.executable, "-c", WRITER, address, alert.id]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        confirmed = [int(writer.stdout.readline()) for _ in range(50)]
        writer.kill()
        confirmed += [int(line) for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL

    entry = history.alert(alert.id)

    assert entry is not None
    stored = {event.attempt for event in entry.events if event.kind is EventKind.INTENDED}
    assert set(confirmed) <= stored <= {*confirmed, len(confirmed)}
    assert not history.take_lease("escalation", "other", now=1029.0, seconds=30.0)
    assert history.take_lease("escalation", "other", now=1030.0, seconds=30.0)
    history.close()


def test_replicas_on_postgresql_store_an_event_once_and_only_one_has_the_lease() -> None:
    with postgres() as server:
        address = address_of(server)
        replicas = [History(address) for _ in range(6)]
        observation = Observation(Source.WEBHOOK, LABELS, {}, 1000.0, 1000.0)
        barrier, stored, leases, failures = threading.Barrier(len(replicas)), [], [], []

        def work(history: History, name: str) -> None:
            try:
                barrier.wait()
                (alert,) = history.record([observation])
                barrier.wait()
                stored.append(history.add(AlertEvent(alert.id, EventKind.SENT, 1001.0, key="k", attempt=1)))
                leases.append(history.take_lease("escalation", name, 1001.0, 30.0))
            except Exception as error:
                failures.append(error)
                barrier.abort()

        threads = [threading.Thread(target=work, args=(item, str(index))) for index, item in enumerate(replicas)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert len(replicas[0].alerts(0)) == 1
        assert (sorted(stored), sorted(leases)) == ([False] * 5 + [True], [False] * 5 + [True])
        for history in replicas:
            history.close()


def test_replicas_that_start_together_create_the_tables_once() -> None:
    with postgres() as server:
        address = address_of(server)
        for _ in range(8):
            replicas = [History(address) for _ in range(6)]
            barrier = threading.Barrier(len(replicas))
            with ThreadPoolExecutor(len(replicas)) as pool:
                listed = pool.map(lambda history, barrier=barrier: (barrier.wait(), history.alerts(0))[1], replicas)
                assert list(listed) == [()] * len(replicas)
            for history in replicas:
                history.close()
            drop = "DROP TABLE alerts, alert_events, alert_leases"
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(drop)
