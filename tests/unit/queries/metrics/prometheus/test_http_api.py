"""How a backend is reached: one place takes user and password from the address, and nothing shows them."""

from __future__ import annotations

import pytest

from queries.core.redact import Endpoint
from queries.metrics.prometheus.http_api import Connection, HttpApi


@pytest.mark.parametrize(
    ("url", "username", "password", "expected"),
    [
        ("http://a:9090/", "", "", Endpoint("http://a:9090")),
        ("http://me:p%40ss@a:9090/x/", "", "", Endpoint("http://a:9090/x", "me", "p@ss")),
        ("http://me@a:9090", "", "word", Endpoint("http://a:9090", "me", "word")),
        ("http://me:old@a:9090", "you", "new", Endpoint("http://a:9090", "you", "new")),
    ],
)
def test_user_and_password_come_from_the_settings_or_the_address(
    url: str, username: str, password: str, expected: Endpoint
) -> None:
    connection = Connection("Prometheus", url, username=username, password=password)
    api = HttpApi(connection)
    assert connection.endpoint == expected
    assert api.url == expected.url
    assert api.session.auth == ((expected.user, expected.password) if expected.user else None)


def test_the_text_of_a_connection_holds_no_password() -> None:
    assert "secret" not in repr(Connection("Prometheus", "http://me:secret@a:9090"))
