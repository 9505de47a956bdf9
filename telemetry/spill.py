"""Lines that wait on disk while their destination is away; bounded, shared by processes, safe against a crash."""

from __future__ import annotations

import os
import platform
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.files import write_whole

_ACTION: Final = b'{"create":'  # no document begins so


@dataclass(frozen=True)
class Spill:
    """A folder with one file a process. `max_bytes` bounds the folder; what does not fit is for the caller to count."""

    folder: Path
    name: str
    max_bytes: int = 64 * 2**20

    def size(self) -> int:
        """Bytes that wait, of all processes."""
        return sum(_size(path) for path in self._files())

    def append(self, lines: bytes) -> bool:
        """Keep whole lines; False when there is no room for them or the disk refuses."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.size() + len(lines) > self.max_bytes:
                return False
            write_whole(self.folder / f"{self._prefix}{os.getpid()}.spill", lines)
        except OSError:
            return False
        return True

    def claim(self) -> list[Path]:
        """Files to send now, oldest first: ours and those of processes that are gone, renamed against appending."""
        claimed = (self._claimed(path) for path in sorted(self._files(), key=_modified))
        return [path for path in claimed if path]

    @property
    def _prefix(self) -> str:
        return f"{self.name}@{platform.node()}@"

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob(f"{self._prefix}*") if path.suffix in (".spill", ".taken")]

    def _claimed(self, path: Path) -> Path | None:
        owner = int(path.name.removeprefix(self._prefix).split("@")[0].split(".")[0])
        if owner == os.getpid() and path.suffix == ".taken":
            return path
        if owner != os.getpid() and _alive(owner):
            return None
        target = path.with_name(f"{self._prefix}{os.getpid()}@{uuid.uuid4().hex[:8]}.taken")
        try:
            path.rename(target)
        except OSError:  # another process was faster
            return None
        return target


def pairs(path: Path) -> Iterator[bytes]:
    """An action and its document at a time; a pair that a crash cut short is left out."""
    with path.open("rb") as file:
        for line in file:
            if not line.startswith(_ACTION):
                continue
            document = file.readline()
            if document.endswith(b"\n"):
                yield line + document


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
