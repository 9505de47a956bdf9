"""Keeps a table in step with a folder of growing files: what is new is read before a question is answered."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected, SourceUnavailable
from queries.stores.duckdb.database import Database, TooLarge
from queries.stores.duckdb.follow import LINES, Block, Followed, Splitter, blocks, files, is_another

LOOK_EVERY: Final = 0.25  # seconds between two looks into the folder
REST: Final = 5.0  # seconds without a new attempt after memory or the disk ran out twice
SLACK: Final = 1.1  # so many times the most rows before old ones go, since taking them out one by one is slow
SETTLED: Final = 10.0  # seconds after which nobody is still writing the end of a file
NAMED: Final = 3  # files whose faults are listed one by one
Insert = Callable[[Block], tuple[int, int]]  # rows written and lines that were broken
Fault = Callable[[bytes], str]  # what is wrong with a piece of a file, empty for nothing


@dataclass(frozen=True)
class Progress:
    """What is read. `behind` bytes are still to come; of `dropped` files the limit of rows leaves out some or all.

    `faults` name the files that could not be read, wholly or in part, each with the reason. `generation`
    changes when rows come or go.
    """

    rows: int = 0
    broken: int = 0
    behind: int = 0
    dropped: int = 0
    files: int = 0
    faults: tuple[str, ...] = ()
    generation: int = 0

    def notes(self, what: str) -> tuple[str, ...]:
        """What people should know, as sentences."""
        notes = []
        if not self.files:
            notes.append(f"There are no {what} files.")
        if self.behind:
            notes.append(f"Still reading {what} files: {self.behind / 2**20:,.1f} MB to go.")
        if self.dropped:
            notes.append(
                f"Only the newest {self.rows:,} rows of the {what} files are kept: "
                f"{self.dropped} older files are left out, wholly or in part."
            )
        return (*notes, *self.faults)

    @property
    def incomplete(self) -> bool:
        """Whether an answer may lack something that the files hold."""
        return bool(self.behind or self.dropped)


class Ingest:
    """One reader at a time; others answer from what is there. Newest files first, each from its beginning."""

    def __init__(
        self,
        database: Database,
        table: str,
        folder: Path,
        patterns: tuple[str, ...],
        create: Callable[[], None],
        insert: Insert,
        most_rows: int,
        splitter: Splitter = LINES,
        fault: Fault = lambda _: "",
    ) -> None:
        self._database, self._table, self._insert, self._most = database, table, insert, most_rows
        self._splitter, self._fault = splitter, fault
        self._create = create
        create()
        self._folder, self._patterns = folder, patterns
        self._lock = threading.Lock()
        self._followed: dict[str, Followed] = {}
        self._rows: dict[str, int] = {}
        self._dropped: set[str] = set()  # left out wholly, and no longer looked into
        self._cut: set[str] = set()  # without their oldest rows
        self._looked = 0.0
        self._generation = 0
        self._trouble: SourceUnavailable | None = None  # why reading failed; raised for every request for a while
        self._rests_until = 0.0
        self._progress = Progress()

    def refresh(self, deadline: Deadline) -> Progress:
        """Read what is new, for at most half of the time that is left. Raises nothing for unreadable files.

        Raises SourceUnavailable when memory or the disk ran out; the next look reads everything anew.
        """
        if self._trouble is not None and time.monotonic() < self._rests_until:
            raise _again(self._trouble)
        # Whoever comes second while another reads waits a little: its answer would lack the newest lines.
        if not self._lock.acquire(timeout=deadline.remaining / 4):
            if self._trouble is not None:
                raise _again(self._trouble)
            return replace(self._progress, behind=max(1, self._progress.behind))
        try:
            if self._database.lost:
                self._renew()
            if time.monotonic() - self._looked >= LOOK_EVERY or self._progress.behind:
                self._read(deadline.earlier(deadline.remaining / 2))
                self._looked = time.monotonic()
            self._trouble = None
            return self._progress
        except SourceUnavailable as error:
            if self._trouble is not None:  # again: it does not pass by itself
                self._rests_until = time.monotonic() + REST
            self._trouble = _again(error)
            raise
        finally:
            self._lock.release()

    @property
    def progress(self) -> Progress:
        """How far reading has come."""
        return self._progress

    def alone(self, work: Callable[[], None], deadline: Deadline) -> bool:
        """Do something while nobody writes; False when that could not be soon enough."""
        if not self._lock.acquire(timeout=deadline.remaining / 4):
            return False
        try:
            work()
            return True
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
        self._note(there)
        for place, (name, state) in enumerate(there.items()):
            file = self._followed.setdefault(name, Followed(self._folder / name, state.st_ino, splitter=self._splitter))
            if place and not file.offset and self._total() >= self._most:
                self._dropped.add(name)  # files come newest first: those before it fill the room
            if name not in self._dropped and state.st_size > max(file.offset, file.checked) and not deadline.passed:
                self._file(name, file, there, deadline)
        self._keep_within(list(there), self._most)
        self._note(there, read=not deadline.passed)

    def _file(self, name: str, file: Followed, there: Mapping[str, os.stat_result], deadline: Deadline) -> None:
        try:
            for block in blocks(file):
                rows, broken = self._put(block)
                file.broken += broken
                if broken and not file.fault:
                    file.fault = next((fault for piece in block.lines if (fault := self._fault(piece))), "")
                self._rows[name] = self._rows.get(name, 0) + rows
                self._keep_within(list(there), SLACK * self._most)
                self._note(there)
                if deadline.passed or name in self._dropped:
                    return
            file.checked, file.unreadable = there[name].st_size, ""
        except OSError as error:  # the next look tries again
            file.unreadable = error.strerror or type(error).__name__

    def _put(self, block: Block) -> tuple[int, int]:
        """Insert a block, in parts where memory is short; a line that cannot be inserted even alone is broken."""
        self._generation += 1
        try:
            return self._insert(block)
        except (TooLarge, QueryRejected):
            if len(block.lines) < 2:
                return 0, len(block.lines)
        first, second = (self._put(part) for part in block.halves())
        return first[0] + second[0], first[1] + second[1]

    def _renew(self) -> None:
        """Everything is read again: the database broke."""
        self._generation += 1
        self._database.renew()
        self._create()
        self._followed.clear()
        self._rows.clear()
        self._dropped.clear()
        self._cut.clear()
        self._looked = 0.0

    def _keep_within(self, newest_first: list[str], most: float) -> None:
        """Let the oldest rows go when there are more than `most`, so that as many stay as are wanted."""
        if self._total() <= most:
            return
        for name in reversed(newest_first):
            held, excess = self._rows.get(name, 0), self._total() - self._most
            if excess <= 0:
                return
            if held:
                (self._dropped if held <= excess else self._cut).add(name)
                self._delete(name, min(held, excess))

    def _forget(self, name: str) -> None:
        self._delete(name)
        self._followed.pop(name, None)
        self._dropped.discard(name)
        self._cut.discard(name)

    def _delete(self, name: str, oldest: int | None = None) -> None:
        """Delete a file's rows, or so many of its oldest."""
        self._generation += 1
        held = self._rows.pop(name, 0)
        if oldest is None or oldest >= held:
            self._database.write(f"DELETE FROM {self._table} WHERE file = ?", (name,))  # noqa: S608
            return
        self._rows[name] = held - oldest
        first = f"SELECT rowid FROM {self._table} WHERE file = ? ORDER BY rowid LIMIT 1 OFFSET ?"  # noqa: S608
        statement = f"DELETE FROM {self._table} WHERE file = ? AND rowid < ({first})"  # noqa: S608
        self._database.write(statement, (name, name, oldest))

    def _total(self) -> int:
        return sum(self._rows.values())

    def _note(self, there: Mapping[str, os.stat_result], read: bool = False) -> None:
        """Publish how far reading has come: others answer from it meanwhile. `read`: to the last whole line."""
        broken = sum(file.broken for file in self._followed.values())
        behind = (
            0
            if read
            else sum(
                max(0, state.st_size - (self._followed[name].offset if name in self._followed else 0))
                for name, state in there.items()
                if name not in self._dropped
            )
        )
        faults = _faults([self._followed[name] for name in there if name in self._followed], there)
        self._progress = Progress(
            self._total(),
            broken,
            behind,
            len(self._dropped | self._cut),
            len(there),
            faults if read else (),
            self._generation,
        )


def _again(error: SourceUnavailable) -> SourceUnavailable:
    """The same for another asker; an error that is kept holds no frames."""
    return SourceUnavailable(error.source, error.sentence, error.hint)


def _faults(followed: Sequence[Followed], there: Mapping[str, os.stat_result]) -> tuple[str, ...]:
    """What is wrong with files, as sentences: the first by name, then how many more."""
    sentences = [sentence for file in followed if (sentence := _sentence(file, there[file.path.name]))]
    more = len(sentences) - NAMED
    return (*sentences[:NAMED], *([f"{more:,} more files could not be read in whole."] if more > 0 else ()))


def _sentence(file: Followed, state: os.stat_result) -> str:
    name = file.path.name
    if file.unreadable:
        return f"{name} cannot be read: {file.unreadable}."
    if file.broken:
        words, were = ("line", "was") if file.broken == 1 else ("lines", "were")
        reason = f": {file.fault}" if file.fault else ""
        return f"{file.broken:,} broken {words} of {name} {were} skipped{reason}."
    if state.st_size > file.offset and file.checked == state.st_size and time.time() - state.st_mtime > SETTLED:
        return f"The end of {name} is not complete: {state.st_size - file.offset:,} bytes were not read."
    return ""
