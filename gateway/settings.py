"""Settings of the sample gateway; the command line fills them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def database_of_environment() -> str:
    """The SQLAlchemy address in DATABASE_URL, or nothing."""
    return os.environ.get("DATABASE_URL", "")


@dataclass(frozen=True)
class Settings:
    """One gateway. `database` is an SQLAlchemy address; empty means SQLite in the data folder."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8085
    providers_url: str = "http://127.0.0.1:8086"
    redis_url: str = "redis://127.0.0.1:6390/0"
    database: str = ""
    pace: float = 1.0  # how much of a real service's own work to wait for, besides what the sample does itself
    workflow_wait: float = 20.0  # seconds a request waits for its workflow run before it answers
    socket_idle: float = 600.0  # seconds without a message after which a WebSocket is closed
    socket_ping: float = 20.0  # seconds between pings, and after which an unanswered one ends the connection
    max_upload: int = 1_000_000  # bytes of one file
    max_files: int = 400  # kept; the oldest go first
    peers: tuple[str, ...] = ()  # addresses of further instances, which faults are sent to
    marks_url: str = ""  # where deployments are marked; empty: nowhere
    marks_token_file: Path | None = None

    @property
    def instance(self) -> str:
        """The name of this instance, as Prometheus' label has it."""
        return f"{self.host}:{self.port}"

    def is_meant(self, instance: str) -> bool:
        """Whether a fault at an instance acts here; an empty name means the instance without further ones."""
        return instance == self.instance if instance else not self.peers

    @property
    def database_url(self) -> str:
        """The address with an asynchronous driver."""
        if not self.database:
            return f"sqlite+aiosqlite:///{self.data_dir / 'gateway.sqlite'}"
        return self.database.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+asyncpg://")

    @property
    def upload_dir(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "files"
