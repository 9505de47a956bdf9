"""The command that switches faults on says what is not valid, and lists the faults."""

from __future__ import annotations

import pytest

from gateway.__main__ import main
from gateway.database import user_id
from gateway.faults import FAULTS
from gateway.tenants import TEAMS, key_of

UNREACHABLE = ("--url", "http://127.0.0.1:9")


@pytest.mark.parametrize(("kind", "code"), [("list", 0), ("earthquake", 2)])
def test_an_unknown_kind_lists_the_kinds(kind: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["incident", kind, *UNREACHABLE]) == code
    written = capsys.readouterr()
    assert all(fault.name in written.out + written.err for fault in FAULTS)


@pytest.mark.parametrize(
    "options",
    [
        ("errors", "--place", "/none"),
        ("errors", "--size", "2"),
        ("no-cache", "--size", "1"),
        ("silence", "--place", "here"),
        ("errors", "--for", "soon"),
    ],
)
def test_a_parameter_that_is_not_valid_is_refused_before_the_gateway_is_asked(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incident", *options, *UNREACHABLE]) == 2
    assert "refused" not in capsys.readouterr().err


def test_teams_have_their_shares_of_the_users() -> None:
    teams = [key_of(user_id(number)).team for number in range(2_000)]
    for team, share in TEAMS:
        assert teams.count(team) / 2_000 == pytest.approx(share, abs=0.01)
