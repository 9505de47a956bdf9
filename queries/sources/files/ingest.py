"""Keeps a table in step with a folder of growing files: what is new is read before a question is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from queries.deadline import Deadline
from queries.errors import QueryRejected
from queries.sources.files.database import Database, TooLarge
from queries.sources.files.follow import Block, Followed, blocks, files, is_another

LOOK_EVERY: Final = 0.25  # seconds between two looks into the folder
Insert = Callable[[Block], tuple[int, int]]  # rows written and lines that were broken


@dataclass(frozen=True)
class Progress:
    """What is read. `behind` bytes are still to come; `dropped` files did not fit into the limit of rows."""

    rows: int = 0
    broken: int = 0
    behind: int = 0
    dropped: int = 0
    files: int = 0

    def notes(self, what: str) -> tuple[str, ...]:
        """What people should know, as sentences."""
        found = []
        if not self.files:
            found.append(f"There are no {what} files.")
        if self.behind:
            found.append(f"Still reading {what} files: {self.behind / 2**20:,.1f} MB to go.")
        if self.dropped:
            found.append(f"The oldest {self.dropped} {what} files are not read: {self.rows:,} rows are kept.")
        if self.broken:
            found.append(f"{self.broken:,} broken lines were skipped.")
        return tuple(found)

    @property
    def incomplete(self) -> bool:
        """Whether an answer may lack something that the files hold."""
        return bool(self.behind or self.dropped)


class Ingest:
    """One reader at a time; others answer from what is there. Newest files first, each from its beginning."""

    def __init__(
        self, database: Database, table: str, folder: Path, patterns: tuple[str, ...], create: Callable[[], None],
        insert: Insert, most_rows: int,
    ) -> None:  # fmt: skip
        self._database, self._table, self._insert, self._most = database, table, insert, most_rows
        self._create = create
        create()
        self._folder, self._patterns = folder, patterns
        self._lock = threading.Lock()
        self._followed: dict[str, Followed] = {}
        self._rows: dict[str, int] = {}
        self._dropped: set[str] = set()
        self._looked = 0.0
        self._progress = Progress()

    def refresh(self, deadline: Deadline) -> Progress:
        """Read what is new, for at most half of the time that is left. Raises nothing for unreadable files.

        Raises SourceUnavailable when memory or the disk ran out; the next look reads everything anew.
        """
        # Whoever comes second while another reads waits a little: its answer would lack the newest lines.
        if not self._lock.acquire(timeout=deadline.remaining / 4):
            return self._progress
        try:
            if self._database.lost:
                self._renew()
            if time.monotonic() - self._looked >= LOOK_EVERY or self._progress.behind:
                self._read(deadline.earlier(deadline.remaining / 2))
                self._looked = time.monotonic()
            return self._progress
        finally:
            self._lock.release()

    def _read(self, deadline: Deadline) -> None:
        there = files(self._folder, self._patterns)
        for name in set(self._followed) - set(there):
            self._forget(name)
        self._dropped &= set(there)
        for name, state in there.items():
            known = self._followed.get(name)
            if known and is_another(known, state):
                self._forget(name)
            if name not in self._dropped:
                self._file(name, state.st_ino, state.st_size, deadline)
        self._keep_within()
        behind = sum(
            max(0, state.st_size - self._followed[name].offset)
            for name, state in there.items() if name in self._followed and name not in self._dropped
        )  # fmt: skip
        self._note(behind if deadline.passed else 0, len(there))

    def _file(self, name: str, inode: int, size: int, deadline: Deadline) -> None:
        file = self._followed.setdefault(name, Followed(self._folder / name, inode))
        if size <= file.offset or deadline.passed:
            return
        if file.offset == 0 and self._total() >= self._most:
            self._dropped.add(name)
            return
        try:
            for block in blocks(file):
                rows, broken = self._put(block)
                file.broken += broken
                self._rows[name] = self._rows.get(name, 0) + rows
                if deadline.passed:
                    return
        except OSError:
            return  # unreadable now; the next look tries again

    def _put(self, block: Block) -> tuple[int, int]:
        """Insert a block, in parts where memory is short; a line that cannot be inserted even alone is broken."""
        try:
            return self._insert(block)
        except (TooLarge, QueryRejected):
            if len(block.lines) < 2:
                return 0, len(block.lines)
        first, second = (self._put(part) for part in block.halves())
        return first[0] + second[0], first[1] + second[1]

    def _renew(self) -> None:
        """Everything is read again: the database broke."""
        self._database.renew()
        self._create()
        self._followed.clear()
        self._rows.clear()
        self._dropped.clear()
        self._looked = 0.0

    def _keep_within(self) -> None:
        """Let the oldest files go while there are too many rows; the newest always stays."""
        by_age = [name for name in files(self._folder, self._patterns) if self._rows.get(name)]
        while len(by_age) > 1 and self._total() > self._most:
            oldest = by_age.pop()
            self._delete(oldest)
            self._dropped.add(oldest)

    def _forget(self, name: str) -> None:
        self._delete(name)
        self._followed.pop(name, None)
        self._dropped.discard(name)

    def _delete(self, name: str) -> None:
        self._database.write(f"DELETE FROM {self._table} WHERE file = ?", (name,))  # noqa: S608
        self._rows.pop(name, None)

    def _total(self) -> int:
        return sum(self._rows.values())

    def _note(self, behind: int, files: int) -> None:
        broken = sum(one.broken for one in self._followed.values())
        self._progress = Progress(self._total(), broken, behind, len(self._dropped), files)
