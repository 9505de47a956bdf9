"""How gunicorn serves the dashboards; `gunicorn.conf.py` takes all of it. Options on its command line come last.

The address is CODEAGENT_HOST and CODEAGENT_PORT, as everywhere. Beside them are read here:

CODEAGENT_WORKERS     processes (1)
CODEAGENT_THREADS     threads in each (16)
CODEAGENT_ACCESS_LOG  a file, or - for the console (none)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import app.factory
import app.observe  # noqa: F401 - loaded here, so that a worker that is started again is there in a moment
from app.serving.worker import exit_at_once
from app.settings import OPEN, PREFIX, Settings, SettingsError, is_loopback


def _count(name: str, default: int) -> int:
    text = os.environ.get(PREFIX + name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(f"{PREFIX}{name}={text!r} cannot be used: a whole number of 1 or more is needed.")
    return int(text)


# Read here, before any worker: a worker that stops on a wrong setting would be started again for ever.
try:
    _settings = Settings.load()
    # One process shares its cache by itself until its CPU is full. From two on they share CODEAGENT_CACHE_REDIS_URL.
    workers = _count("WORKERS", 1)
    # Threads wait for Prometheus on a cold cache, 16 of them for two boards at once; warm answers need one.
    threads = _count("THREADS", 16)
except SettingsError as problem:
    sys.stderr.write(f"codeagent-dashboards: {problem}\n")
    sys.exit(2)

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "app.serving.worker.Worker"
# Beyond so many, the one that has waited longest for its client goes.
worker_connections = 4096
# Those that come while a worker starts again wait here.
backlog = 2048
limit_request_line = 8190
# Threads of the cache layer do not survive a fork: each worker builds the app after it, from modules loaded before.
preload_app = False
# A worker beats from its main thread, which waits for nobody; half a minute of silence means that it hangs.
timeout = 30
# Longer than any answer may take, shorter than what Docker and Kubernetes wait before they kill (10 and 30 s).
graceful_timeout = 8
# Longer than the 10 s between two refreshes of a viewer and than nginx' 60 s, so that nginx closes first.
keepalive = 75
# The file that workers beat with must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - only a place, gunicorn names the file
# A line for every refresh of every viewer is much and says little; /metrics counts, a proxy can log.
accesslog = os.environ.get(PREFIX + "ACCESS_LOG") or None
# It would lie in the home folder of whoever starts this, one for all instances.
control_socket_disable = True
proc_name = "codeagent-dashboards"


def on_starting(server: Any) -> None:
    """Refuse, as for CODEAGENT_HOST, every address that --bind or GUNICORN_CMD_ARGS would open to the network."""
    for address in server.cfg.address:
        if isinstance(address, tuple) and not is_loopback(address[0]):
            sys.stderr.write(f"codeagent-dashboards: --bind {address[0]}:{address[1]} {OPEN}\n")
            sys.exit(2)


def worker_exit(_server: Any, worker: Any) -> None:
    """The process ends here, whatever its threads still wait for."""
    module = sys.modules.get("app.main")
    exit_at_once(worker, getattr(module, "close", lambda: None))
