"""What has happened to a silence follows from what Alertmanager lists and from what is known already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queries.alerts.silence_changes import ChangeKind, SilenceChange, changes_of
from queries.alerts.types import Matcher, Silence

NOW = 1_000_000.0
SILENCE = Silence("s1", (Matcher("alertname", "ErrorBurst"),), NOW - 600, NOW + 600, "ana", "deploy", "active")
(CREATED,) = changes_of(SILENCE, (), NOW)


def test_a_silence_that_is_new_was_created_by_its_author() -> None:
    assert (CREATED.kind, CREATED.instant, CREATED.actor) == (ChangeKind.CREATED, NOW - 600, "ana")


@pytest.mark.parametrize(
    ("later", "kinds"),
    [
        (SILENCE, []),
        (replace(SILENCE, ends_at=NOW + 4_200), [ChangeKind.EXTENDED]),
        (replace(SILENCE, ends_at=NOW + 60), [ChangeKind.SHORTENED]),
        (replace(SILENCE, ends_at=NOW, state="expired"), [ChangeKind.ENDED]),
    ],
    ids=["unchanged", "later end", "earlier end", "expired"],
)
def test_a_known_silence_has_changed_by_its_end_and_state(later: Silence, kinds: list[ChangeKind]) -> None:
    changes = changes_of(later, (CREATED,), NOW)

    assert [change.kind for change in changes] == kinds
    assert {change.actor for change in changes} <= {""}  # Alertmanager does not tell who


def test_an_expired_silence_that_was_never_seen_was_created_and_has_ended() -> None:
    changes = changes_of(replace(SILENCE, ends_at=NOW - 60, state="expired"), (), NOW)

    assert [(change.kind, change.instant) for change in changes] == [
        (ChangeKind.CREATED, NOW - 600),
        (ChangeKind.ENDED, NOW - 60),
    ]


def test_the_same_change_has_one_id_and_each_extension_its_own() -> None:
    first = SilenceChange("s1", ChangeKind.EXTENDED, NOW, NOW + 60, "", "", ())

    assert first.id == replace(first, instant=NOW + 5, actor="ana").id
    assert first.id != replace(first, ends_at=NOW + 120).id


def test_a_silence_concerns_labels_that_all_its_matchers_match() -> None:
    assert CREATED.concerns([{"alertname": "Other"}, {"alertname": "ErrorBurst", "team": "a"}])
    assert not CREATED.concerns([{"alertname": "Other"}])
