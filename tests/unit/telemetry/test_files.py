"""Rolling files: a day each, parts when a day is large, the oldest deleted by count and by size."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telemetry.files import Rolling, append, files, write_whole
from tests.servers import ROOT

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rolling(folder: Path, **limits: int) -> Rolling:
    return Rolling(folder, "codeagent", ".json", **limits)


def test_lines_go_to_the_file_of_their_day(tmp_path: Path) -> None:
    append(rolling(tmp_path), b"one\n", DAY)
    append(rolling(tmp_path), b"two\n", DAY)
    append(rolling(tmp_path), b"three\n", DAY.replace(day=2))
    assert (tmp_path / "codeagent-20260301.json").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "codeagent-20260302.json").read_bytes() == b"three\n"


def test_thirty_files_are_kept(tmp_path: Path) -> None:
    for number in range(40):
        append(rolling(tmp_path), b"x\n", datetime(2026, 1 + number // 28, 1 + number % 28, tzinfo=UTC))
    names = [path.name for path in files(rolling(tmp_path))]
    assert len(names) == 30
    assert names[0] == "codeagent-20260111.json"


def test_a_large_day_gets_parts_and_the_total_is_bounded(tmp_path: Path) -> None:
    limits = {"max_bytes": 100, "max_total": 250}
    for _ in range(20):
        append(rolling(tmp_path, **limits), b"x" * 49 + b"\n", DAY)
    assert sum(path.stat().st_size for path in files(rolling(tmp_path))) <= 250 + 100
    assert files(rolling(tmp_path))[-1].name == "codeagent-20260301_009.json"


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "codeagent-notes.json").write_text("mine")
    append(rolling(tmp_path, keep=1), b"x\n", DAY)
    append(rolling(tmp_path, keep=1), b"x\n", DAY.replace(day=2))
    assert (tmp_path / "codeagent-notes.json").exists()
    assert len(files(rolling(tmp_path))) == 1


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(OSError, match="file"):
        append(rolling(in_the_way), b"x\n", DAY)


def test_a_disk_that_takes_half_gets_nothing(tmp_path: Path) -> None:
    """As a full disk does: the limit on a file's size makes a write stop half-way."""
    write_whole(tmp_path / "file", b"first\n")
    script = (
        "import resource, signal, sys; from pathlib import Path; from telemetry.files import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try:\n    write_whole(Path(sys.argv[1]), b'second line\\n')\n"
        "except OSError:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "file"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "refused\n"
    assert (tmp_path / "file").read_bytes() == b"first\n"
