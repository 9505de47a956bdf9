"""A DuckDB database of our own in a temporary folder: bounded memory, one writer, readers with deadlines."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from queries.deadline import Deadline
from queries.errors import QueryRejected, SourceUnavailable
from queries.sources.files.sql import Sql

Columns = Mapping[str, Sequence[Any]]


class Database:
    """What was read of the files. Nothing in it outlives the process: the files are the truth."""

    def __init__(self, name: str, memory_mb: int, threads: int = 2) -> None:
        self._name = name
        folder = tempfile.mkdtemp(prefix="codeagent-")
        self._clean = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._connection = duckdb.connect(str(Path(folder) / f"{name}.duckdb"))
        for setting in (
            f"SET memory_limit='{int(memory_mb)}MB'", f"SET threads={int(threads)}",
            f"SET temp_directory='{folder}/spill'", "SET preserve_insertion_order=false",
            "SET enable_external_access=false", "SET lock_configuration=true",
        ):  # fmt: skip
            self._connection.execute(setting)

    def write(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Change something; the caller holds whatever lock keeps writers apart."""
        self._connection.execute(statement, list(parameters))

    def insert(self, table: str, columns: Columns, select: str, kinds: Mapping[str, type]) -> None:
        """Insert columns at once: `select` is what to take `FROM incoming`; texts unless `kinds` says otherwise."""
        arrays: dict[str, np.ndarray[Any, Any]] = {
            name: np.array(values, dtype=kinds.get(name, object)) for name, values in columns.items()
        }
        self._connection.register("incoming", arrays)
        try:
            self._connection.execute(f"INSERT INTO {table} SELECT {select} FROM incoming")  # noqa: S608
        finally:
            self._connection.unregister("incoming")

    def rows(self, query: Sql, deadline: Deadline) -> list[tuple[Any, ...]]:
        """All rows. Raises SourceUnavailable when the deadline passes or memory runs out, QueryRejected otherwise."""
        with self._guarded(deadline) as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(query.text, list(query.values)).fetchall()
            return found

    @contextmanager
    def _guarded(self, deadline: Deadline) -> Iterator[Any]:
        if deadline.passed:
            raise SourceUnavailable(self._name, f"There was no time left to ask {self._name}.")
        cursor = self._connection.cursor()
        timer = threading.Timer(deadline.remaining, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield cursor
        except duckdb.InterruptException:
            raise SourceUnavailable(
                self._name, f"{self._name} did not answer in time.", "Choose a shorter range."
            ) from None
        except duckdb.OutOfMemoryException:
            raise SourceUnavailable(
                self._name, f"{self._name} has too little memory for this question.", "Choose a shorter range."
            ) from None
        except duckdb.Error as error:
            raise QueryRejected(f"{self._name} cannot answer this question.", str(error)) from None
        finally:
            timer.cancel()
            cursor.close()

    def close(self) -> None:
        """Close and remove the files."""
        self._connection.close()
        self._clean()
