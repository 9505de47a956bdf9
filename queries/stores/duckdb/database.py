"""A DuckDB database of our own in a temporary folder: bounded memory, one writer, readers with deadlines."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import numpy as np

from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected, SourceUnavailable
from queries.stores.duckdb.sql import Sql

Columns = Mapping[str, Sequence[Any]]


PREFIX: Final = "codeagent-"
_LOCK: Final = "owner.lock"
_LEAST_ROOM: Final = 2**20  # bytes; with less, a disk is as good as full


class TooLarge(SourceUnavailable):
    """There is too little memory for so much at once."""


class Database:
    """What was read of the files. Nothing in it outlives the process: the files are the truth."""

    def __init__(self, name: str, memory_mb: int, threads: int = 2) -> None:
        self._name = name
        remove_left_behind(Path(tempfile.gettempdir()))
        self._folder = tempfile.mkdtemp(prefix=PREFIX)
        self._owner = _locked(Path(self._folder))
        self._clean = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._settings = (
            f"SET memory_limit='{int(memory_mb)}MB'",
            f"SET threads={int(threads)}",
            f"SET temp_directory='{self._folder}/spill'",
            "SET preserve_insertion_order=false",
            "SET enable_external_access=false",
            "SET lock_configuration=true",
        )
        self.lost = False  # it broke: nothing can be asked until `renew`
        try:
            self._connection = self._opened()
        except duckdb.Error:  # a full disk does not prevent the start: requests fail until there is room
            self._connection, self.lost = duckdb.connect(":memory:"), True

    def renew(self) -> None:
        """Begin with an empty database; the caller makes the tables again. Raises SourceUnavailable."""
        with suppress(duckdb.Error):
            self._connection.close()
        for path in Path(self._folder).glob(f"{self._name}.duckdb*"):
            path.unlink(missing_ok=True)
        with self._translated():
            self._connection = self._opened()
        self.lost = False

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(Path(self._folder) / f"{self._name}.duckdb"))
        for setting in self._settings:
            connection.execute(setting)
        return connection

    def write(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Change something; the caller holds whatever lock keeps writers apart. Raises as `insert`."""
        with self._translated():
            self._connection.execute(statement, list(parameters))

    def insert(self, table: str, columns: Columns, select: str, kinds: Mapping[str, type]) -> None:
        """Insert columns at once: `select` is what to take `FROM incoming`; texts unless `kinds` says otherwise.

        Raises TooLarge without enough memory, SourceUnavailable after a fault, else QueryRejected; nothing is inserted.
        """
        arrays: dict[str, np.ndarray[Any, Any]] = {
            name: np.array(values, dtype=kinds.get(name, object)) for name, values in columns.items()
        }
        with self._translated():
            self._connection.register("incoming", arrays)
            try:
                self._connection.execute(f"INSERT INTO {table} SELECT {select} FROM incoming")  # noqa: S608
            finally:
                with suppress(duckdb.Error):
                    self._connection.unregister("incoming")

    def rows(self, query: Sql, deadline: Deadline) -> list[tuple[Any, ...]]:
        """All rows. Raises SourceUnavailable when the deadline passes or memory runs out, QueryRejected otherwise."""
        with self._guarded(deadline) as cursor:
            rows: list[tuple[Any, ...]] = cursor.execute(query.text, list(query.values)).fetchall()
            return rows

    @contextmanager
    def _guarded(self, deadline: Deadline) -> Iterator[Any]:
        if deadline.passed:
            raise SourceUnavailable(self._name, f"Not enough time left to query {self._name}.")
        with self._translated():
            cursor = self._connection.cursor()
        timer = threading.Timer(deadline.remaining, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            with self._translated():
                yield cursor
        finally:
            timer.cancel()
            cursor.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        connection = self._connection
        try:
            yield
        except duckdb.InterruptException:
            raise SourceUnavailable(
                self._name, f"{self._name} did not answer in time.", "Choose a shorter range."
            ) from None
        except duckdb.OutOfMemoryException as error:
            if self._is_disk_full(error):  # less at once would not fit either
                raise self._full() from None
            raise TooLarge(
                self._name, f"{self._name} has too little memory for this question.", "Choose a shorter range."
            ) from None
        except (duckdb.FatalException, duckdb.IOException, duckdb.ConnectionException) as error:
            # Memory or the disk ran out while it put its own file in order; DuckDB takes no more questions then.
            self.lost = self.lost or connection is self._connection
            if self._is_disk_full(error):
                raise self._full() from None
            raise SourceUnavailable(
                self._name,
                f"{self._name} ran out of memory or disk space and are being read again.",
                "Try again in a moment.",
            ) from None
        except duckdb.Error as error:
            if self._is_disk_full(error):
                self.lost = self.lost or connection is self._connection
                raise self._full() from None
            raise QueryRejected(f"{self._name} cannot run this query.", str(error)) from None

    def _is_disk_full(self, error: Exception) -> bool:
        return "No space left" in str(error) or shutil.disk_usage(self._folder).free < _LEAST_ROOM

    def _full(self) -> SourceUnavailable:
        place = Path(self._folder).parent
        return SourceUnavailable(
            self._name,
            f"The disk of {place} is full, so the {self._name} cannot be read.",
            "Free space there, or set TMPDIR to a folder on another disk.",
        )

    def close(self) -> None:
        """Close and remove the files."""
        self._connection.close()
        self._clean()


def remove_left_behind(parent: Path) -> None:
    """Remove folders whose process was killed: a lock is held for as long as a process lives."""
    for lock in parent.glob(f"{PREFIX}*/{_LOCK}"):
        with suppress(OSError), lock.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes]:
    """The lock of a folder; it ends with the process, however that ends."""
    stream = (folder / _LOCK).open("wb")
    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return stream
