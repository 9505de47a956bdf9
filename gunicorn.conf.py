"""How gunicorn serves the dashboards: `gunicorn -c gunicorn.conf.py app.main:server`.

Address and port are the app's own settings; how many processes and threads is a matter of the machine.
"""

from __future__ import annotations

import os

bind = f"{os.environ.get('CODEAGENT_HOST', '127.0.0.1')}:{os.environ.get('CODEAGENT_PORT', '8050')}"

# One process answers a thousand viewers from memory. From two on, a shared cache (CODEAGENT_CACHE_REDIS_URL) keeps
# the number of upstream queries what it was, and each process counts for itself at /metrics.
workers = int(os.environ.get("CODEAGENT_WORKERS", "1"))

# Requests wait for Prometheus, not for the processor: threads cost little while they wait.
worker_class = "gthread"
threads = int(os.environ.get("CODEAGENT_THREADS", "16"))

# Each process starts its refresher and its connections itself; neither survives a fork.
preload_app = False

# A refresh is answered before its deadline of seconds; a worker silent for this long hangs.
timeout = 30
# On a restart, requests that are under way get an answer.
graceful_timeout = 10
# Longer than the usual refresh, so that a browser does not connect anew for each.
keepalive = 65

# Heartbeats in memory: on a full or slow disk the workers stay alive.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - shared memory, no plain file

# Nothing controls gunicorn but signals.
control_socket_disable = True

# The app itself says what matters; a line for each refresh of each viewer does not.
accesslog = None
errorlog = "-"
