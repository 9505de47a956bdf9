"""A user's change is recorded, and the alerts page is rendered anew."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from app.alert_records import AlertRecords
from app.alert_service import AlertService
from app.alert_writes import AlertWrites
from app.alerting.history import History, HistoryUnavailable
from app.alerting.silence_log import SilenceLog
from app.response_cache import ResponseCache, encode
from queries.alerts.silence_changes import ChangeKind, SilenceChange
from queries.alerts.types import Matcher

CHANGE = SilenceChange("s1", ChangeKind.ENDED, 1_000.0, 1_000.0, "ada", "", (Matcher("alertname", "A"),))


class Alerts:
    """Counts how often it reads again."""

    readings = 0

    def read_again(self) -> None:
        self.readings += 1


def writes(address: str) -> tuple[AlertWrites, Alerts]:
    history, alerts = History(address), Alerts()
    records = AlertRecords(history, SilenceLog(history.transaction))
    changes = AlertWrites(cast("AlertService", alerts), ResponseCache(), records)
    changes.bodies.get("explore:/alerts", lambda: encode(b"old", 60))
    return changes, alerts


def body(changes: AlertWrites) -> bytes:
    return changes.bodies.get("explore:/alerts", lambda: encode(b"new", 60)).plain


def test_a_change_of_a_silence_is_recorded_and_shown(tmp_path: Path) -> None:
    changes, alerts = writes(f"sqlite:///{tmp_path}/alerts.db")
    assert changes.records is not None

    changes.silence_changed(CHANGE)

    assert changes.records.silence_changes(0) == (CHANGE,)
    assert (body(changes), alerts.readings) == (b"new", 1)


def test_a_change_that_cannot_be_recorded_is_shown_all_the_same(tmp_path: Path) -> None:
    changes, alerts = writes("postgresql://127.0.0.1:9/alerts")

    with pytest.raises(HistoryUnavailable):
        changes.silence_changed(CHANGE)

    assert (body(changes), alerts.readings) == (b"new", 1)
