"""From settings to what a worker serves: the observed application, with its threads started."""

from __future__ import annotations

import sys
import time

from app import instrumentation
from app.factory import App, create_app
from app.serving.allocator import return_large_blocks
from app.settings import Settings, SettingsError
from app.stores import warm
from telemetry.configuration import Telemetry


def start_or_exit(settings: Settings) -> instrumentation.InstrumentedApp:
    """As `start`; the process ends with code 2 when a setting cannot be used."""
    try:
        return start(settings)
    except (SettingsError, ValueError) as problem:
        sys.stderr.write(f"codeagent-dashboards: {problem}\n")
        sys.exit(2)


def start(settings: Settings) -> instrumentation.InstrumentedApp:
    """Build the app and start what runs beside it; only in a worker, after gunicorn has forked.

    Raises SettingsError, and ValueError for a setting of telemetry.
    """
    return_large_blocks()
    telemetry = instrumentation.start()
    application = create_app(settings)
    application.engine.start_refresher()
    if application.notifier is not None:
        application.notifier.start()
    warm(application.stores, time.time())
    registry = application.engine.stats.registry
    return instrumentation.instrument(application.server, registry, lambda: _close(application, telemetry))


def _close(application: App, telemetry: Telemetry) -> None:
    """Let another worker refresh in the background, remove temporary files, send what telemetry still holds."""
    if application.notifier is not None:
        application.notifier.close()
    application.engine.close()
    for store in (application.stores.logs, application.stores.traces):
        if store is not None:
            store.close()
    telemetry.close()
