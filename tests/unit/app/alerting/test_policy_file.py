"""The policy file: the shipped example loads, and mistakes are named with their place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from app.alerting.calendars import BusinessHours
from app.alerting.message import Message
from app.alerting.policy_file import load
from queries.alerts.types import Matcher
from tests.servers import ROOT

FILE = """
url = "https://dashboards.example.org/"
channels = { team = { url_file = "team" } }
[calendars.office]
days = ["mon"]
opens = 08:00:00
closes = 18:00:00
[[policies]]
name = "critical"
severities = ["critical"]
matchers = ['team="back\\"end"', "environment=~prod.*", "region!=eu"]
[[policies.levels]]
channels = ["team"]
outside = "office"
"""


def written(folder: Path, text: str = FILE) -> Path:
    (folder / "team").write_text("# the team\nmailto://user:secret@example.org\n")
    (folder / "policy.toml").write_text(text)
    return folder / "policy.toml"


def test_the_example_has_the_priority_matrix(tmp_path: Path) -> None:
    example = tmp_path / "policy.toml"
    shutil.copy(ROOT / "alerts" / "policy.toml", example)
    (tmp_path / "channels").mkdir()
    for name in re.findall(r'"channels/([\w-]+)"', example.read_text()):
        (tmp_path / "channels" / name).write_text("json://127.0.0.1:9/\n")

    plan = load(example)

    policies = {policy.name: policy for policy in plan.policies}
    delays = {name: [level.delay for level in policy.levels] for name, policy in policies.items()}
    assert delays == {"critical": [10, 10, 300], "high": [10, 900], "medium": [30, 1800], "low": []}
    assert isinstance(policies["critical"].levels[1].outside, BusinessHours)
    assert policies["low"].digest is not None
    assert "sms" not in policies["critical"].resolved


def test_matchers_are_those_of_alertmanager(tmp_path: Path) -> None:
    (policy,) = load(written(tmp_path)).policies

    assert policy.matchers == (
        Matcher("team", 'back"end'),
        Matcher("environment", "prod.*", is_regex=True),
        Matcher("region", "eu", is_equal=False),
    )


def test_a_channel_of_browsers_is_that_of_its_users(tmp_path: Path) -> None:
    class Phones:
        def __init__(self, users: tuple[str, ...]) -> None:
            self.users = users

        def send(self, _: Message) -> str:
            return ""

    text = FILE.replace('url_file = "team"', 'push = true, users = ["ada"]')
    channel = load(written(tmp_path, text), Phones).channels["team"]

    assert isinstance(channel, Phones)
    assert channel.users == ("ada",)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('channels = ["team"]', 'channels = ["teem"]', "policies.critical: There is no channel “teem”. Known: team."),
        ('"office"', '"home"', "policies.critical: There is no calendar “home”."),
        ('["mon"]', '["monday"]', "calendars.office.days"),
        ("18:00:00", "07:00:00", "calendars.office.closes"),
        ('url_file = "team"', 'url_file = "absent"', "channels.team"),
        ('url_file = "team"', "push = true", "channels.team: push needs CODEAGENT_PUSH_KEY_FILE"),
        (
            'url_file = "team"',
            'url_file = "team", push = true',
            "channels.team: A channel has either url_file, or push",
        ),
        ('url_file = "team"', 'url_file = "team", users = ["ada"]', "channels.team"),
        ('url_file = "team"', "short = true", "channels.team"),
        ("region!=eu", "region", "“region” is not a valid matcher"),
        ("prod.*", "prod(", "is not a valid regular expression"),
        ('outside = "office"', 'after = "soon"', "“soon” is not a valid duration"),
        ('url = "https://', 'url = "', "url: "),
        ("severities", "severity", "severity"),
        ('url = "', "url = ", "Invalid"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, place: str, tmp_path: Path) -> None:
    assert old in FILE

    with pytest.raises(ValueError, match=re.escape(place)) as problem:
        load(written(tmp_path, FILE.replace(old, new, 1)))
    assert str(tmp_path / "policy.toml") in str(problem.value)
    assert "secret" not in str(problem.value)
