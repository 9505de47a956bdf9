"""The bearer token: the scheme in any case, the token exactly, and from its file for each request."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from app.bearer import check_token
from app.json_responses import Unauthorized


def request(authorization: str) -> Request:
    return Request(EnvironBuilder(headers={"Authorization": authorization}).get_environ())


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("right\n")
    return tmp_path / "token"


@pytest.mark.parametrize("authorization", ["Bearer right", "bearer right", "BEARER  right"])
def test_the_scheme_may_have_any_case(authorization: str, token_file: Path) -> None:
    check_token(request(authorization), token_file)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Bearer Right", "Basic right"])
def test_anything_else_is_unauthorized(authorization: str, token_file: Path) -> None:
    with pytest.raises(Unauthorized):
        check_token(request(authorization), token_file)


def test_a_token_can_be_rotated_and_an_empty_file_admits_nobody(token_file: Path) -> None:
    token_file.write_text("other")
    check_token(request("Bearer other"), token_file)
    token_file.write_text("")

    for path in (token_file, None):
        with pytest.raises(Unauthorized):
            check_token(request("Bearer "), path)
