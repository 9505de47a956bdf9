"""Notes are kept beside the alerts, also in a database that is older than they are."""

from __future__ import annotations

from pathlib import Path

from app.alerting.history import History
from app.alerting.notes import Notes
from queries.alerts.records import Note

FIRST, SECOND = Note(100.0, "Ada", "It began.", 900.0), Note(200.0, "Grace", "Rolled back.", 800.0)


def test_notes_come_back_by_their_instant_and_outlive_the_process(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/alerts.db"
    notes = Notes(History(address).transaction)
    notes.add(SECOND)
    notes.add(FIRST)

    again = Notes(History(address).transaction)
    assert again.between(0, 300) == (FIRST, SECOND)
    assert again.between(150, 300) == (SECOND,)


def test_a_database_of_alerts_only_takes_notes(tmp_path: Path) -> None:
    history = History(f"sqlite:///{tmp_path}/alerts.db")
    assert history.alerts(0) == ()

    assert Notes(history.transaction).between(0, 300) == ()
