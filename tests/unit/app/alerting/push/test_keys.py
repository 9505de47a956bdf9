"""The key of the operator: created once, readable by one user, and refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.alerting.push.keys import create_key, load_key


def test_a_key_is_created_for_one_user_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "push.pem"
    created = create_key(path)

    assert load_key(path).public == created.public
    assert len(created.public) == 87  # 65 bytes
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_exists_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "push.pem"
    created = create_key(path)

    with pytest.raises(FileExistsError):
        create_key(path)
    assert load_key(path).public == created.public


@pytest.mark.parametrize("content", [b"", b"secret", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "push.pem").write_bytes(content)

    with pytest.raises(ValueError, match="push create-key"):
        load_key(tmp_path / "push.pem")
