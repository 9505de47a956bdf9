"""A PostgreSQL with an empty database, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.require import needs
from tests.servers import Server, free_port, listens, running


@contextmanager
def postgres() -> Iterator[Server]:
    """A running server; its user `gateway` needs no password, its database is called postgres."""
    # Not below pytest's own folder: PostgreSQL refuses to run as root, and nobody else may enter that.
    folder = Path(tempfile.mkdtemp(prefix="tests-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    initdb = [*as_user, needs("initdb"), "-D", str(data), "-U", "gateway", "-A", "trust", "-E", "UTF8"]
    done = subprocess.run(initdb, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    arguments = [*as_user, needs("postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-F"]
    try:
        with running(Server(arguments, port, lambda: _accepts(port), folder / "log")) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def address_of(server: Server) -> str:
    """The address of its database."""
    return f"postgresql://gateway@127.0.0.1:{server.port}/postgres"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: `sqlite`, a file in the folder, or `postgresql`."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/alerts.db"
        return
    with postgres() as server:
        yield address_of(server)


def _accepts(port: int) -> bool:
    """Whether it takes connections: it listens before that, while it is starting up."""
    command = [needs("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return listens(port) and subprocess.run(command, check=False).returncode == 0
