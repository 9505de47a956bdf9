"""Silences need a user, a reason and a place on this site; other sites and unknown bodies are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.silences_api import SilencesApi, blueprint
from queries.alerts.silence_changes import ChangeKind, SilenceChange
from queries.alerts.types import Matcher, RoutedAlert, Silence
from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected, SourceUnavailable

NOW = 1_700_000_000.0
ACTIVE = Silence("s1", (Matcher("alertname", "ErrorBurst"),), NOW - 60, NOW + 600, "ana", "deployment", "active")
BODY = {
    "matchers": [{"name": "alertname", "value": "ErrorBurst"}],
    "minutes": 30,
    "comment": "deployment",
    "user": "ana",
}


class Store:
    """An Alertmanager that keeps what it is told."""

    def __init__(self) -> None:
        self.written: list[Silence] = []
        self.expired: list[str] = []
        self.filters: list[Sequence[Matcher]] = []
        self.refusal = ""

    def routed_alerts(self, deadline: Deadline, matchers: Sequence[Matcher] = ()) -> tuple[RoutedAlert, ...]:
        self.filters.append(matchers)
        return (RoutedAlert({"alertname": "ErrorBurst"}, {"headline": "11 % of requests fail"}, NOW),)

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        return (ACTIVE,)

    def silence(self, silence: Silence, deadline: Deadline) -> str:
        if self.refusal:
            raise QueryRejected(self.refusal, "")
        self.written.append(silence)
        return "new"

    def expire(self, silence_id: str, deadline: Deadline) -> None:
        self.expired.append(silence_id)


@pytest.fixture
def store() -> Store:
    return Store()


def client(store: Store, user_header: str = "") -> FlaskClient:
    server = Flask(__name__)
    server.register_blueprint(blueprint(SilencesApi(store, user_header, lambda: NOW)))
    return server.test_client()


def post(store: Store, body: Mapping[str, Any], path: str = "", header: str = "", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client(store, header).post(f"/api/alerts/silences{path}", json=body, headers=named)


def test_a_silence_has_matchers_end_author_and_reason(store: Store) -> None:
    answer = post(store, BODY)

    assert (answer.status_code, answer.json) == (200, {"id": "new"})
    (silence,) = store.written
    assert silence.matchers == (Matcher("alertname", "ErrorBurst"),)
    assert (silence.ends_at - NOW, silence.author, silence.comment) == (1_800, "ana", "deployment")


def test_the_name_is_the_proxy_s_and_never_the_one_in_the_body(store: Store) -> None:
    post(store, BODY, header="X-User", X_User="eve")

    assert [silence.author for silence in store.written] == ["eve"]


def test_a_proxy_that_does_not_name_the_user_is_refused(store: Store) -> None:
    for answer in (post(store, BODY, header="X-User"), post(store, BODY, X_Forwarded_For="10.0.0.1")):
        assert answer.status_code == 403

    assert store.written == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_are_refused(store: Store, headers: dict[str, str]) -> None:
    assert post(store, BODY, **headers).status_code == 403
    assert store.written == []


def test_the_page_itself_is_accepted(store: Store) -> None:
    answer = post(store, BODY, Sec_Fetch_Site="same-origin", Origin="http://localhost")

    assert answer.status_code == 200


def test_a_form_of_another_site_cannot_write(store: Store) -> None:
    answer = client(store).post("/api/alerts/silences", data="{}", content_type="text/plain")

    assert answer.status_code == 400
    assert store.written == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"comment": " "}, "A silence needs a reason."),
        ({"user": ""}, "Changes need your name"),
        ({"matchers": []}, "A silence needs 1 to 20 matchers."),
        ({"matchers": [{"name": "a", "value": "b"}] * 21}, "A silence needs 1 to 20 matchers."),
        ({"minutes": 0}, "A silence lasts 1 to 43,200 minutes."),
        ({"minutes": 1e9}, "A silence lasts 1 to 43,200 minutes."),
        ({"comment": "x" * 501}, "more than 500 characters"),
        ({"surprise": 1}, "The body cannot be used"),
        ({"minutes": "long"}, "The body cannot be used"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_with_the_reason(
    store: Store, change: dict[str, Any], problem: str
) -> None:
    answer = post(store, {**BODY, **change})

    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert store.written == []


def test_the_preview_names_what_alertmanager_matches(store: Store) -> None:
    answer = post(store, {"matchers": [{"name": "alertname", "value": "Error.*", "is_regex": True}]}, "/preview")

    assert answer.json == {"alerts": ["11 % of requests fail"]}
    assert [str(matcher) for matcher in store.filters[0]] == ['alertname=~"Error.*"']


def test_extending_keeps_matchers_and_author_and_adds_to_the_end(store: Store) -> None:
    answer = post(store, {"minutes": 60, "user": "bo"}, "/s1")

    assert answer.status_code == 200
    (silence,) = store.written
    assert (silence.id, silence.matchers, silence.author) == ("s1", ACTIVE.matchers, "ana")
    assert silence.ends_at == ACTIVE.ends_at + 3_600
    assert silence.comment == "deployment (extended by bo)"


def test_ending_a_silence_needs_a_name_too(store: Store) -> None:
    viewer = client(store)

    assert viewer.delete("/api/alerts/silences/s1", json={}).status_code == 400
    assert viewer.delete("/api/alerts/silences/s1", json={"user": "bo"}).status_code == 200
    assert store.expired == ["s1"]


def test_a_silence_that_does_not_exist_is_404(store: Store) -> None:
    assert post(store, {"minutes": 60, "user": "bo"}, "/s2").status_code == 404


def test_what_alertmanager_refuses_is_explained(store: Store) -> None:
    store.refusal = "Alertmanager refused the change: at least one matcher must not match the empty string"

    answer = post(store, BODY)

    assert answer.status_code == 400
    assert "must not match the empty string" in answer.get_data(as_text=True)


def test_values_are_quoted_in_matchers() -> None:
    assert str(Matcher("path", 'a"b\\c\n', is_equal=False)) == 'path!="a\\"b\\\\c\\n"'


def test_each_change_is_reported_with_its_user(store: Store) -> None:
    changes: list[SilenceChange] = []
    server = Flask(__name__)
    server.register_blueprint(blueprint(SilencesApi(store, "", lambda: NOW, changes.append)))
    viewer = server.test_client()
    viewer.post("/api/alerts/silences", json=BODY)
    viewer.post("/api/alerts/silences/s1", json={"minutes": 10, "user": "grace"})
    viewer.delete("/api/alerts/silences/s1", json={"user": "eve"})

    assert [(change.kind, change.actor, change.ends_at - NOW) for change in changes] == [
        (ChangeKind.CREATED, "ana", 1_800),
        (ChangeKind.EXTENDED, "grace", 1_200),
        (ChangeKind.ENDED, "eve", 0),
    ]


def test_a_change_that_cannot_be_recorded_is_made_all_the_same(store: Store) -> None:
    def lost(_: SilenceChange) -> None:
        raise SourceUnavailable("The alert history", "The alert history cannot be used.")

    server = Flask(__name__)
    server.register_blueprint(blueprint(SilencesApi(store, "", lambda: NOW, lost)))

    assert server.test_client().post("/api/alerts/silences", json=BODY).status_code == 200
    assert len(store.written) == 1
