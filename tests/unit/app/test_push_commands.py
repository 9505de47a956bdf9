"""The key for notifications and their browsers by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.alerting.history import History
from app.alerting.push.keys import load_key
from app.alerting.push.subscriptions import Subscription, Subscriptions
from app.cli import main


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subscriptions:
    address = f"sqlite:///{tmp_path}/alerts.db"
    monkeypatch.setenv("CODEAGENT_ALERT_STORE_URL", address)
    return Subscriptions(History(address).transaction)


def test_a_key_is_created_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "push.pem"

    assert main(["push", "create-key", str(path)]) == 0
    assert load_key(path).public in capsys.readouterr().out
    assert main(["push", "create-key", str(path)]) == 2
    assert "exists" in capsys.readouterr().err
    assert main(["push", "create-key", str(tmp_path / "nowhere" / "push.pem")]) == 2


def test_subscriptions_are_listed_and_removed(
    tmp_path: Path, store: Subscriptions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "push.pem"
    main(["push", "create-key", str(path)])
    monkeypatch.setenv("CODEAGENT_PUSH_KEY_FILE", str(path))
    row = Subscription("https://p.example/a", "k", "a", "Ada", "Firefox on Android", 0.0, load_key(path).public)
    store.add(row)
    capsys.readouterr()

    assert main(["push", "list"]) == 0
    line = capsys.readouterr().out
    assert "Ada" in line
    assert "p.example" not in line
    assert main(["push", "remove", line.split()[0]]) == 0
    assert main(["push", "remove", line.split()[0]]) == 1
    assert "push list" in capsys.readouterr().err


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", "list"]) == 2
    assert "CODEAGENT_ALERT_STORE_URL" in capsys.readouterr().err
