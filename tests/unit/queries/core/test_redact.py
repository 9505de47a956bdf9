"""Secrets in addresses are hidden wherever an address is shown."""

from __future__ import annotations

import pytest

from queries.core.errors import SourceUnavailable
from queries.core.redact import Endpoint, redact, split_credentials


@pytest.mark.parametrize(
    "text",
    [
        "http://viewer:s3cret@prometheus:9090/x",
        "redis://:s3cret@cache:6379/0",
        "rediss://s3cret@cache",
        "cannot be reached at https://a:s3cret@b: refused",
        "http://a:p@s3cret@b/c@d",
        "http://a:s3cret/x@b",
        "//a:s3cret@b",
        "http://b/?token=s3cret&x=1",
        "redis://b/0?username=a&password=s3cret",
        "http://b/?api_key=s3cret#x",
        "two: http://a:s3cret@b and redis://:s3cret@c",
    ],
)
def test_secrets_of_an_address_are_hidden(text: str) -> None:
    assert "s3cret" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text", ["http://prometheus:9090/a?b=1", "mail a@b.example", "x == 1 and y = 2", "Ask http://b, then c@d", "a // b"]
)
def test_what_holds_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_every_error_that_people_read_hides_them() -> None:
    error = SourceUnavailable("x", "Nothing answers at http://a:s3cret@b.", "Look at redis://:s3cret@c.")

    assert "s3cret" not in error.sentence + error.hint + str(error)


def test_user_information_is_taken_out_of_an_address_and_decoded() -> None:
    assert split_credentials("http://a%40b:p%2Fq@[::1]:9090/select/1") == Endpoint(
        "http://[::1]:9090/select/1", "a@b", "p/q"
    )
    assert split_credentials("http://h:1/x") == Endpoint("http://h:1/x")
