"""Servers for the query layer's tests, under the names that these import."""

from __future__ import annotations

from tests.require import needs
from tests.servers import CONFIG, Server, answers, backfill, free_port, prometheus, redis, running, wait_until

__all__ = [
    "CONFIG",
    "Server",
    "answers",
    "backfill",
    "free_port",
    "needs",
    "prometheus",
    "redis",
    "running",
    "wait_until",
]
