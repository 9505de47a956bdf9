"""What gunicorn's own command imports in each worker: `gunicorn -c gunicorn.conf.py app.main:server`."""

from __future__ import annotations

import sys

from app.serving.start import start_or_exit
from app.settings import Settings, SettingsError

try:
    settings = Settings.load()
except SettingsError as problem:
    sys.stderr.write(f"codeagent-dashboards: {problem}\n")
    sys.exit(2)

server = start_or_exit(settings)
