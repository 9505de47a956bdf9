"""A disk without room: the app starts, says what is wrong, and goes on when there is room again."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.logs.types import Paging
from queries.stores.duckdb import ingest
from queries.stores.duckdb.database import Database, remove_left_behind
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from tests.require import absent
from tests.unit.pages import logs_kit as kit

pytestmark = pytest.mark.integration


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of four megabytes as the place for temporary files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        absent("no file system can be mounted here")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Eight megabytes of lines that do not compress."""
    folder = tmp_path / "logs"
    folder.mkdir()
    kit.write(
        folder, [kit.line(n / 100, "Line {N} {T}", N=n, T=f"{hash((n, 'x')) % 2**64:x}" * 40) for n in range(12_000)]
    )
    return folder


def outcomes(store: FileLogStore) -> set[str]:
    """What eight askers get who ask at the same time."""

    def ask(_: int) -> str:
        try:
            page = store.search(kit.query(), Paging(5), Deadline.after(10))
        except SourceUnavailable as error:
            return error.sentence
        return f"{len(page.lines)} {' '.join(page.quality.notes)}"

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(ask, range(8)))


def test_logs_that_find_no_room_say_so_to_everybody_and_are_read_when_there_is_room(
    small_disk: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "REST", 0.5)
    store = FileLogStore(FileLogSettings(logs), lambda: kit.NOW)
    for _ in range(2):
        outcomes(store)
    for _ in range(3):
        messages = outcomes(store)
        assert len(messages) == 1
        assert f"The disk of {small_disk} is full" in messages.pop()
    subprocess.run(["mount", "-o", "remount,size=200M", str(small_disk)], check=True)
    ended = threading.Event()
    while not any(messages.startswith("5") and "Still" not in messages for messages in outcomes(store)):
        assert not ended.wait(0.2)
    store.close()


def test_the_store_starts_on_a_disk_without_any_room(small_disk: Path, logs: Path) -> None:
    subprocess.run(["dd", "if=/dev/zero", f"of={small_disk}/filler", "bs=1M"], capture_output=True, check=False)
    assert shutil.disk_usage(small_disk).free == 0
    store = FileLogStore(FileLogSettings(logs), lambda: kit.NOW)

    assert all("is full" in messages for messages in outcomes(store))
    store.close()


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    dead = tmp_path / "codeagent-dead"
    dead.mkdir()
    (dead / "owner.lock").touch()
    (dead / "logs.duckdb").write_bytes(b"x")
    (tmp_path / "codeagent-other").mkdir()
    before = tempfile.tempdir
    tempfile.tempdir = str(tmp_path)
    try:
        living = Database("logs", 100)
        remove_left_behind(tmp_path)
    finally:
        tempfile.tempdir = before

    assert not dead.exists()
    assert (tmp_path / "codeagent-other").exists()
    assert len(list(tmp_path.glob("codeagent-*/logs.duckdb"))) == 1
    living.close()
