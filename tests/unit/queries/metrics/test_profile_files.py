"""A profile that cannot be used says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.core.errors import InvalidInput
from queries.metrics.profile import load


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = ", "cannot be read"),
        ('[labels]\nendpoint = "x"', "cannot be read"),
        ('name = "x"\n[metrics.requests]\nname = "y"', "requests is not in the contract"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=expected):
        load(str(path))


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="otel-http-genai"):
        load("nobody")
