"""Settings name what is wrong with them."""

from __future__ import annotations

import pytest

from app import cli
from app.settings import Settings, SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings() == Settings.load({})


def test_values_are_read_with_their_types() -> None:
    settings = Settings.load({"CODEAGENT_PORT": "9000", "CODEAGENT_DEMO": "1", "CODEAGENT_EMBED_ORIGINS": "https://a.example https://b.example"})  # noqa: E501  # fmt: skip

    assert (9000, True, ("https://a.example", "https://b.example")) == (
        settings.port, settings.demo, settings.embed_origins,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMETHEUS_URL", "localhost:9090"),
        ("PORT", "eighty"),
        ("DEADLINE_SECONDS", "-1"),
        ("DEMO", "maybe"),
        ("REPORT_TIMEZONE", "Mars/Olympus"),
        ("EMBED_ORIGINS", "https://a.example/path"),
        ("CACHE_REDIS_URL", "localhost"),
        ("PROMETHEUS_TOKEN_FILE", "/does/not/exist"),
        ("HOST", "0.0.0.0"),
    ],
)
def test_an_unusable_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CODEAGENT_{name}"):
        Settings.load({f"CODEAGENT_{name}": value})


def test_the_command_line_exits_2_on_an_unusable_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEAGENT_PORT", "eighty")

    assert cli.main(["settings"]) == 2
    assert "CODEAGENT_PORT" in capsys.readouterr().err


def test_every_setting_has_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert all(line.strip() for line in lines)
    assert len(lines) % 2 == 0
