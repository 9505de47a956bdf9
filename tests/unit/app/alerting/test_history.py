"""The alert history: sources are merged, repeats change nothing, and a lost store is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.alerting.history import History, HistoryUnavailable
from app.alerting.model import AlertEvent, EventKind, Observation, Source, fingerprint

LABELS = {"alertname": "HighErrorRate", "severity": "critical", "environment": "production"}
FIRING = Observation(Source.WEBHOOK, LABELS, {"summary": "High error rate"}, starts=1000.0, observed=1010.0)
RESOLVED = replace(FIRING, ends=1300.0, observed=1301.0)
PENDING_SINCE = replace(FIRING, source=Source.PROMETHEUS, starts=700.0)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    instance = History(f"sqlite:///{tmp_path}/alerts.db")
    yield instance
    instance.close()


def kinds(history: History) -> list[list[EventKind]]:
    return [[happened.kind for happened in entry.events] for entry in history.alerts(0)]


def test_the_fingerprint_is_that_of_alertmanager() -> None:
    # Integration tests compare it with a real Alertmanager's; without labels it is the offset of FNV-1a.
    assert fingerprint({}) == "cbf29ce484222325"
    assert fingerprint({"a": "b", "c": "d"}) == fingerprint({"c": "d", "a": "b"})
    assert fingerprint({**LABELS, "cluster": "eu"}, frozenset({"cluster"})) == fingerprint(LABELS)


def test_a_repeated_notification_is_the_same_alert(history: History) -> None:
    for observation in (FIRING, FIRING, RESOLVED, RESOLVED):
        history.record([observation])

    (entry,) = history.alerts(0)

    assert (entry.alert.starts, entry.alert.ends) == (1000.0, 1300.0)
    assert kinds(history) == [[EventKind.FIRING, EventKind.RESOLVED]]


def test_a_late_notification_does_not_open_a_resolved_alert(history: History) -> None:
    history.record([RESOLVED])
    history.record([FIRING, PENDING_SINCE])

    assert [entry.alert.ends for entry in history.alerts(0)] == [1300.0]


@pytest.mark.parametrize("order", [(FIRING, PENDING_SINCE), (PENDING_SINCE, FIRING)])
def test_prometheus_and_alertmanager_report_one_alert_with_alertmanagers_start(
    history: History, order: tuple[Observation, ...]
) -> None:
    for observation in order:
        history.record([observation])

    assert [(entry.alert.starts, entry.alert.has_exact_start) for entry in history.alerts(0)] == [(1000.0, True)]


def test_an_alert_that_fires_again_is_another_one_and_ends_the_first(history: History) -> None:
    history.record([FIRING])
    history.record([replace(FIRING, starts=2000.0)])

    assert [(entry.alert.starts, entry.alert.ends) for entry in history.alerts(0)] == [(2000.0, 0.0), (1000.0, 2000.0)]


def test_only_a_source_that_knows_silences_changes_them(history: History) -> None:
    history.record([replace(FIRING, source=Source.ALERTMANAGER, silenced=True)])
    (alert,) = history.record([FIRING])

    assert alert.silenced


def test_an_event_is_stored_once(history: History) -> None:
    (alert,) = history.record([FIRING])
    sent = AlertEvent(alert.id, EventKind.SENT, 1020.0, key="k", attempt=1)

    assert [history.add(sent), history.add(replace(sent, time=1021.0))] == [True, False]


def test_what_ended_before_the_span_is_left_out(history: History) -> None:
    history.record([RESOLVED])

    assert len(history.alerts(1300.0)) == 1
    assert history.alerts(1300.1) == ()


def test_one_of_two_holders_has_the_lease_until_it_expires(history: History) -> None:
    assert history.take_lease("escalation", "a", now=0, seconds=30)
    assert not history.take_lease("escalation", "b", now=29, seconds=30)
    assert history.take_lease("escalation", "a", now=29, seconds=30)
    assert not history.take_lease("escalation", "b", now=58, seconds=30)
    assert history.take_lease("escalation", "b", now=59, seconds=30)
    assert not history.take_lease("escalation", "a", now=60, seconds=30)


def test_a_database_that_was_deleted_begins_anew_and_says_so(
    tmp_path: Path, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    history.record([FIRING])
    for file in tmp_path.iterdir():
        file.unlink()
    caplog.clear()

    history.record([FIRING])

    assert len(history.alerts(0)) == 1
    assert "is started again" in caplog.text


def test_a_store_that_cannot_be_used_is_named_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "alerts.db").write_text("no database" * 100)
    damaged = History(f"sqlite:///{tmp_path}/alerts.db")
    away = History("postgresql://user:secret@127.0.0.1:9/alerts")  # no-secret: a test value

    for history in (damaged, away):
        with pytest.raises(HistoryUnavailable, match=r"The alert history at .* cannot be used") as raised:
            history.record([FIRING])
        assert "secret" not in str(raised.value)


def test_alerts_of_a_rule_and_acknowledged_alerts_are_chosen_by_the_store(history: History) -> None:
    rows = [{"alertname": name, "environment": "production"} for name in ("A", "B")]
    first, second = history.record([Observation(Source.WEBHOOK, row, {}, 1_000.0, 1_000.0) for row in rows])
    history.add(AlertEvent(first.id, EventKind.ACKNOWLEDGED, 1_100.0, "Ada"))

    assert [entry.alert.id for entry in history.alerts(0, rule="B")] == [second.id]
    assert [entry.alert.id for entry in history.acknowledged(1_100.0)] == [first.id]
    assert history.acknowledged(1_101.0) == ()
