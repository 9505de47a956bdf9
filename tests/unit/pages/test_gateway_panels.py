"""Failed calls are divided into classes: every status is in exactly one."""

from __future__ import annotations

import re

import pytest

from pages.gateway_panels import ERRORS

MATCHER = re.compile(r'status(=~|!~)"([^"]*)"')


def classes_of(status: str) -> list[str]:
    """The legends of the queries whose matchers select the status."""
    return [
        query.legend
        for query in ERRORS.queries
        if all(
            (re.fullmatch(pattern, status) is not None) == (operator == "=~")
            for operator, pattern in MATCHER.findall(query.expr)
        )
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("429", "rate limit"),
        ("RateLimitError", "rate limit"),
        ("408", "timeout"),
        ("504", "timeout"),
        ("APITimeoutError", "timeout"),
        ("401", "authentication"),
        ("AuthenticationError", "authentication"),
        ("413", "context length"),
        ("context_length_exceeded", "context length"),
        ("ContentPolicyViolationError", "content filter"),
        ("500", "server"),
        ("InternalServerError", "server"),
        ("overloaded_error", "server"),
        ("400", "other"),
        ("", "other"),
        ("None", "other"),
        ("error", "other"),
    ],
)
def test_a_failed_call_is_in_one_class(status: str, expected: str) -> None:
    assert classes_of(status) == [expected]
