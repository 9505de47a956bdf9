"""Rolling daily files of whole lines: `<stem>-yyyyMMdd<ending>`, then `_001` and so on when a day outgrows its file."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Rolling:
    """Where lines go. `keep` counts files, `max_bytes` bounds one file, `max_total` all of them together."""

    folder: Path
    stem: str
    ending: str
    keep: int = 30
    max_bytes: int = 256 * 2**20
    max_total: int = 2 * 2**30


def append(rolling: Rolling, lines: bytes, now: datetime | None = None) -> Path:
    """Append whole lines in one write, so that writers in several processes never mix theirs; OSError if it fails."""
    path = _current(rolling, now or datetime.now(UTC), len(lines))
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lines)
    if fresh:
        prune(rolling)
    return path


def write_whole(path: Path, lines: bytes) -> None:
    """Append everything or nothing: a full disk must not leave half a line. OSError if it fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        written = os.write(descriptor, lines)
        if written == len(lines):
            return
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        if os.fstat(descriptor).st_size == end:  # else another process has written behind it
            os.ftruncate(descriptor, end - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(descriptor)


def prune(rolling: Rolling) -> list[Path]:
    """Delete the oldest files beyond the count or the total size, never the newest; the ones deleted."""
    newest_first = sorted(files(rolling), reverse=True)
    gone, total = [], 0
    for index, path in enumerate(newest_first):
        total += path.stat().st_size
        if index and (index >= rolling.keep or total > rolling.max_total):
            path.unlink(missing_ok=True)
            gone.append(path)
    return gone


def files(rolling: Rolling) -> list[Path]:
    """The files there are, by name, which is by age."""
    ours = re.compile(rf"{re.escape(rolling.stem)}-\d{{8}}(_\d{{3}})?{re.escape(rolling.ending)}")
    return sorted(path for path in rolling.folder.glob(f"{rolling.stem}-*") if ours.fullmatch(path.name))


def _current(rolling: Rolling, now: datetime, adding: int) -> Path:
    """The day's newest file while it has room, else the next; earlier parts may have been deleted meanwhile."""
    start = f"{rolling.stem}-{now:%Y%m%d}"
    today = [path for path in files(rolling) if path.name.startswith(start)]
    if not today:
        return rolling.folder / f"{start}{rolling.ending}"
    newest = today[-1]
    if newest.stat().st_size + adding <= rolling.max_bytes:
        return newest
    part = newest.name.removeprefix(start).removesuffix(rolling.ending).lstrip("_")
    following = min(int(part or 0) + 1, 999)  # the last of a thousand takes what comes
    return rolling.folder / f"{start}_{following:03d}{rolling.ending}"
