"""What gunicorn imports: `gunicorn -c gunicorn.conf.py app.main:server`."""

from __future__ import annotations

import sys
import time

from app import observe
from app.factory import create_app
from app.serving.allocator import return_large_blocks
from app.settings import Settings, SettingsError
from app.stores import warm

return_large_blocks()
try:
    settings = Settings.load()
    telemetry = observe.start()
    application = create_app(settings)
except (SettingsError, ValueError) as problem:
    sys.stderr.write(f"codeagent-dashboards: {problem}\n")
    sys.exit(2)

# Here and not in create_app: this module is imported once in each worker, after gunicorn has forked.
application.engine.start_refresher()
warm(application.stores, time.time())
server = observe.observed(application.server, application.engine.stats.registry)


def close() -> None:
    """Let another worker refresh in the background, remove temporary files, send what telemetry still holds."""
    application.engine.close()
    for store in (application.stores.logs, application.stores.traces):
        if store is not None:
            store.close()
    telemetry.close()
