"""How gunicorn serves the dashboards, in one place for `codeagent-dashboards serve` and `gunicorn.conf.py`.

CODEAGENT_HOST, PORT, WORKERS, THREADS and ACCESS_LOG are settings; options on gunicorn's command line come last.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import app.factory
import app.instrumentation  # noqa: F401 - loaded here, so that a worker that is started again is there in a moment
from app.serving.worker import exit_at_once
from app.setting_values import OPEN, is_loopback
from app.settings import Settings, SettingsError


def options(settings: Settings) -> dict[str, Any]:
    """Options and hooks of gunicorn, by their names."""
    return {
        "bind": address(settings),
        # One process shares its cache by itself until its CPU is full. From two on they share a Redis.
        "workers": settings.workers,
        # Threads wait for Prometheus on a cold cache, 16 of them for two boards at once; warm answers need one.
        "threads": settings.threads,
        # A line for every refresh of every viewer is much and says little; /metrics counts, a proxy can log.
        "accesslog": settings.access_log or None,
        "on_starting": refuse_open_addresses,
        "worker_exit": close_application,
        **FIXED,
    }


def options_of_environment() -> dict[str, Any]:
    """Options for gunicorn's own command; a setting that cannot be used ends the process with code 2."""
    # Read here, before any worker: a worker that stops on a wrong setting would be started again for ever.
    try:
        return options(Settings.load())
    except SettingsError as problem:
        sys.stderr.write(f"codeagent-dashboards: {problem}\n")
        sys.exit(2)


def address(settings: Settings) -> str:
    """HOST:PORT, with brackets round an IPv6 address."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


FIXED = {
    "worker_class": "app.serving.worker.Worker",
    # Beyond so many, the one that has waited longest for its client goes.
    "worker_connections": 4096,
    # Those that come while a worker starts again wait here.
    "backlog": 2048,
    "limit_request_line": 8190,
    # Threads of the cache layer do not survive a fork: each worker builds the app after it, from modules loaded before.
    "preload_app": False,
    # A worker beats from its main thread, which waits for nobody; half a minute of silence means that it hangs.
    "timeout": 30,
    # Longer than any answer may take, shorter than what Docker and Kubernetes wait before they kill (10 and 30 s).
    "graceful_timeout": 8,
    # Longer than the 10 s between two refreshes of a viewer and than nginx' 60 s, so that nginx closes first.
    "keepalive": 75,
    # The file that workers beat with must not wait for a disk.
    "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - gunicorn names the file
    # It would lie in the home folder of whoever starts this, one for all instances.
    "control_socket_disable": True,
    "proc_name": "codeagent-dashboards",
}


def refuse_open_addresses(server: Any) -> None:
    """Refuse, as for CODEAGENT_HOST, every address that --bind or GUNICORN_CMD_ARGS would open to the network."""
    for bound in server.cfg.address:
        if isinstance(bound, tuple) and not is_loopback(bound[0]):
            sys.stderr.write(f"codeagent-dashboards: --bind {bound[0]}:{bound[1]} {OPEN}.\n")
            sys.exit(2)


def close_application(_server: Any, worker: Any) -> None:
    """The process ends here, whatever its threads still wait for."""
    exit_at_once(worker, getattr(getattr(worker, "wsgi", None), "close", lambda: None))
