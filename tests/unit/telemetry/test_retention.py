"""Retention of files: by age, by count, with an account of it, and never the newest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import main
from telemetry import retention

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
POLICY = retention.Policy(dict.fromkeys(retention.LEVELS, 30), 14, file_days=30, file_count=5)


def write(folder: Path, *ages: int, stem: str = "codeagent", ending: str = ".json") -> None:
    for age in ages:
        (folder / f"{stem}-{NOW - timedelta(days=age):%Y%m%d}{ending}").write_text("{}\n")


def test_files_go_by_age(tmp_path: Path) -> None:
    write(tmp_path, 0, 30, 31, 400)
    gone = list(retention.files(tmp_path, POLICY, NOW))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codeagent-20260301.json", "codeagent-20260331.json"]
    assert {action.reason for action in gone} == {"older than 30 days"}


def test_files_go_by_count_for_each_kind(tmp_path: Path) -> None:
    write(tmp_path, *range(10))
    write(tmp_path, *range(3), stem="traces", ending=".jsonl")
    gone = list(retention.files(tmp_path, POLICY, NOW))
    assert len(gone) == 5
    assert len(list(tmp_path.iterdir())) == 8


def test_the_newest_file_stays_however_old(tmp_path: Path) -> None:
    write(tmp_path, 400)
    assert list(retention.files(tmp_path, POLICY, NOW)) == []


def test_a_dry_run_deletes_nothing_and_other_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, 0, 400)
    (tmp_path / "notes-2020.txt").write_text("mine")
    assert len(list(retention.files(tmp_path, POLICY, NOW, dry_run=True))) == 1
    assert len(list(tmp_path.iterdir())) == 3


def test_the_command_deletes_and_keeps_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs, audit = tmp_path / "logs", tmp_path / "audit" / "retention.jsonl"
    logs.mkdir()
    (logs / "codeagent-20200101.json").write_text("{}\n")
    (logs / "codeagent-20200102.json").write_text("{}\n")
    assert main(["retention", "--folder", str(logs), "--audit", str(audit), "--dry-run"]) == 0
    assert main(["retention", "--folder", str(logs), "--audit", str(audit)]) == 0
    messages = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [entry["dry_run"] for entry in messages] == [True, False]
    assert messages[1]["target"].endswith("codeagent-20200101.json")
    assert "deleted file" in capsys.readouterr().out


def test_nothing_named_is_a_mistake() -> None:
    assert main(["retention", "--elasticsearch", ""]) == 2


def test_an_unreachable_cluster_fails_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retention", "--elasticsearch", "http://127.0.0.1:9"]) == 1
    assert "retention:" in capsys.readouterr().err


def test_the_shipped_policy_is_read_and_a_wrong_one_named(tmp_path: Path) -> None:
    assert retention.load().logs["Error"] == 365
    wrong = tmp_path / "policy.toml"
    wrong.write_text(retention.DEFAULT_POLICY.read_text().replace("Debug = 3", "Debug = 0"))
    with pytest.raises(ValueError, match="Debug"):
        retention.load(wrong)
    wrong.write_text(retention.DEFAULT_POLICY.read_text().replace("Debug = 3", "Debug = 3\nLoud = 4"))
    with pytest.raises(ValueError, match="Loud"):
        retention.load(wrong)
