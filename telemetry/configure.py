"""One call that sets a service's telemetry up, and the value through which it is used and shut down."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from telemetry.files import Rolling
from telemetry.logs import FanOut, Sink, install
from telemetry.metrics import Metrics, create
from telemetry.process import observe_process
from telemetry.settings import Settings
from telemetry.sinks import ConsoleSink, FileSink
from telemetry.traces import build

QUIET = {"httpx": "WARNING", "httpcore": "WARNING", "uvicorn.access": "WARNING", "asyncio": "WARNING"}


@dataclass(frozen=True)
class Telemetry:
    """What `configure` set up; parts that the settings switched off are None."""

    settings: Settings
    metrics: Metrics
    tracer_provider: TracerProvider | None
    logs: FanOut | None

    def close(self) -> None:
        """Bring everything out that is still held."""
        if self.tracer_provider is not None:
            self.tracer_provider.shutdown()
        if self.logs is not None:
            self.logs.flush()


_configured: Telemetry | None = None


def configure(settings: Settings) -> Telemetry:
    """Set up metrics, traces and logs for this process; a second call with equal settings changes nothing.

    ValueError when a setting is not understood, RuntimeError when the process was set up differently before.
    """
    global _configured  # OpenTelemetry's and logging's own set-up is global as well
    if _configured is not None:
        if _configured.settings == settings:
            return _configured
        raise RuntimeError("Telemetry is already configured for this process, with other settings.")
    resource = resource_of(settings)
    metrics = create(resource)
    observe_process(metrics)
    provider = build(settings, resource) if settings.traces else None
    if provider is not None:
        trace.set_tracer_provider(provider)
    logs = install(sinks(settings), fixed_properties(settings), {"": settings.log_level, **QUIET})
    _configured = Telemetry(settings, metrics, provider, logs)
    return _configured


def resource_of(settings: Settings) -> Resource:
    """Who speaks: service, version, environment, host."""
    return Resource.create(
        {
            "service.name": settings.service,
            "service.version": settings.version,
            "deployment.environment.name": settings.environment,
            "host.name": platform.node(),
        }
    )


def fixed_properties(settings: Settings) -> dict[str, str]:
    """Properties of every log event of the process."""
    return {
        "Application": settings.service,
        "Version": settings.version,
        "EnvironmentName": settings.environment,
        "MachineName": platform.node(),
    }


def sinks(settings: Settings) -> list[Sink]:
    """Every sink that the settings name; none when logs are switched off."""
    found: list[Sink] = []
    if settings.logs and settings.log_folder:
        found.append(
            FileSink(
                Rolling(
                    settings.log_folder, "codeagent", ".json", settings.file_days, max_total=settings.max_total_bytes
                )
            )
        )
    if settings.logs and settings.console:
        found.append(ConsoleSink())
    return found
