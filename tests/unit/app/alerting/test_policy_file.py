"""The policy file: the shipped example is valid, and every mistake is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.alerting import policy_file

EXAMPLE = Path(__file__).parents[4] / "alerts" / "notify" / "policy.toml"
CHANNELS = ("pagerduty", "slack", "mail", "text-message", "teams")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    for name in CHANNELS:
        (tmp_path / "secrets" / name).write_text("json://127.0.0.1:1/\n")
    return tmp_path


def load(folder: Path, text: str) -> policy_file.Notifying:
    (folder / "policy.toml").write_text(text)
    return policy_file.load(folder / "policy.toml")


def test_the_example_notifies_as_the_matrix_of_severities(folder: Path) -> None:
    plan = load(folder, EXAMPLE.read_text())

    levels = {policy.name: [(level.delay, level.channels) for level in policy.levels] for policy in plan.policies}
    assert levels == {
        "critical": [
            (0.0, ("pagerduty", "slack", "teams")),
            (0.0, ("text-message",)),
            (300.0, ("pagerduty", "text-message")),
        ],
        "high": [(0.0, ("mail", "slack")), (900.0, ("mail",))],
        "medium": [(0.0, ("mail",))],
        "low": [],
    }
    assert plan.policies[3].digest is not None


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('url = "https', 'url = "ftp', "url"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Atlantis"', "zone"),
        ('"secrets/slack"', '"secrets/missing"', "channels.slack"),
        ('days = ["mon"', 'days = ["monday"', "calendars.office.days"),
        ("closes = 18:00:00", "closes = 08:00:00", "calendars.office.closes"),
        ('outside = "office"', 'outside = "nights"', "policies.critical"),
        ('after = "15m"', 'after = "soon"', "policies.high.after"),
        ('channels = ["mail", "slack"]', 'channels = ["pigeon"]', "policies.high"),
        ('name = "high"', 'name = "critical"', "policies"),
        ('severities = ["medium"]', 'severities = ["medium"]\nmatchers = ["team"]', "policies.medium"),
        ('severities = ["medium"]', 'severities = ["medium"]\nmatchers = ["team=~[b"]', "policies.medium"),
        ("short = true", "short = true\ncolour = 1", "colour"),
        ("[channels.slack]", "[channels.slack", "line"),
    ],
)
def test_a_mistake_is_named_with_its_place(folder: Path, old: str, new: str, place: str) -> None:
    text = EXAMPLE.read_text()
    assert old in text

    with pytest.raises(ValueError, match=r"policy\.toml") as refused:
        load(folder, text.replace(old, new, 1))

    assert place in str(refused.value)


def test_a_secret_is_not_part_of_the_refusal(folder: Path) -> None:
    (folder / "secrets" / "slack").write_text("slack://verysecrettoken\nsecond line\n")

    with pytest.raises(ValueError, match=r"channels\.slack") as refused:
        load(folder, EXAMPLE.read_text())

    assert "verysecrettoken" not in str(refused.value)
