"""Changes of silences are stored once; who made them counts more than that they were observed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.alerting.history import History
from app.alerting.silence_log import SilenceLog
from queries.alerts.silence_changes import ChangeKind, SilenceChange
from queries.alerts.types import Matcher, Silence

NOW = 1_000_000.0
SILENCE = Silence(
    "s1", (Matcher("alertname", "Error.*", is_regex=True),), NOW - 600, NOW + 600, "ana", "deploy", "active"
)


@pytest.fixture
def changes(tmp_path: Path) -> Iterator[SilenceLog]:
    history = History(f"sqlite:///{tmp_path}/alerts.db")
    yield SilenceLog(history.transaction)
    history.close()


def kinds(changes: SilenceLog) -> list[tuple[ChangeKind, str]]:
    return [(change.kind, change.actor) for change in changes.since(0)]


def test_what_was_observed_is_stored_once_with_its_matchers(changes: SilenceLog) -> None:
    changes.observe([SILENCE], NOW)
    changes.observe([SILENCE], NOW + 10)

    assert kinds(changes) == [(ChangeKind.CREATED, "ana")]
    assert changes.since(0)[0].matchers == SILENCE.matchers


def test_an_extension_and_the_end_are_stored_the_newest_first(changes: SilenceLog) -> None:
    changes.observe([SILENCE], NOW)
    changes.observe([replace(SILENCE, ends_at=NOW + 4_200)], NOW + 10)
    changes.observe([replace(SILENCE, ends_at=NOW + 20, state="expired")], NOW + 30)

    assert kinds(changes) == [(ChangeKind.ENDED, ""), (ChangeKind.EXTENDED, ""), (ChangeKind.CREATED, "ana")]


@pytest.mark.parametrize("is_observed_first", [True, False])
def test_the_user_of_a_change_is_stored_whether_it_is_observed_before_or_after(
    changes: SilenceLog, is_observed_first: bool
) -> None:
    changes.observe([SILENCE], NOW)
    ended = replace(SILENCE, ends_at=NOW + 20, state="expired")
    change = SilenceChange("s1", ChangeKind.ENDED, NOW + 20, NOW + 20, "grace", "deploy", SILENCE.matchers)
    if is_observed_first:
        changes.observe([ended], NOW + 21)
    changes.add(change)
    changes.observe([ended], NOW + 30)

    assert kinds(changes)[0] == (ChangeKind.ENDED, "grace")
    assert len(kinds(changes)) == 2


def test_changes_before_the_span_are_left_out(changes: SilenceLog) -> None:
    changes.observe([SILENCE], NOW)

    assert changes.since(NOW) == ()
