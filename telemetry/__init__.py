"""OpenTelemetry, structured logs and correlation ids for a Python service, and the metric contract.

`telemetry.asgi.Instrumented` and `telemetry.wsgi.Instrumented` are the middleware. The names below are loaded when they
are first used, since the contract alone, which the dashboards need, should not load OpenTelemetry.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from telemetry.asgi import Exchange
    from telemetry.configuration import Telemetry, configure
    from telemetry.contract import METRICS, Kind, Metric
    from telemetry.exposition import scrape
    from telemetry.extras import MissingExtra
    from telemetry.instrument import instrument_database, instrument_http, instrument_redis
    from telemetry.logs import get_logger, scope, set_levels
    from telemetry.settings import Settings
    from telemetry.traces import tracer

__all__ = [
    "METRICS",
    "Exchange",
    "Kind",
    "Metric",
    "MissingExtra",
    "Settings",
    "Telemetry",
    "configure",
    "get_logger",
    "instrument_database",
    "instrument_http",
    "instrument_redis",
    "scope",
    "scrape",
    "set_levels",
    "tracer",
]

_MODULES: Final = {
    "METRICS": "contract", "Exchange": "asgi", "Kind": "contract", "Metric": "contract", "MissingExtra": "extras",
    "Settings": "settings", "Telemetry": "configuration", "configure": "configuration", "get_logger": "logs",
    "instrument_database": "instrument", "instrument_http": "instrument", "instrument_redis": "instrument",
    "scope": "logs", "scrape": "exposition", "set_levels": "logs", "tracer": "traces",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A public name from its module. Raises AttributeError for any other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
