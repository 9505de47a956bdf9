"""One call that sets a service's telemetry up, and the value through which it is used and shut down."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from telemetry.closing import side_by_side
from telemetry.elastic_http import Cluster
from telemetry.elastic_sink import ElasticSink
from telemetry.extras import optional
from telemetry.files import Rolling
from telemetry.logs import FanOut, Sink, install
from telemetry.masking import Masker
from telemetry.metrics import Metrics, create
from telemetry.process import observe_process
from telemetry.self_metrics import observe_sinks
from telemetry.settings import Settings
from telemetry.sinks import ConsoleSink, FileSink
from telemetry.traces import build, spill

# Libraries that say too much. Some write what passes through them at debug level: statements with their parameters,
# frames, headers, bodies. No pattern knows what is secret there, so whoever wants that asks for it by name.
QUIET = {
    **dict.fromkeys(("httpx", "httpcore", "uvicorn.access", "asyncio", "elastic_transport", "sqlalchemy"), "WARNING"),
    **dict.fromkeys(
        ("aiosqlite", "asyncpg", "websockets", "hpack", "urllib3", "multipart", "python_multipart"), "INFO"
    ),
}

SILENCE = {"": "CRITICAL"}  # without logs a logger turns events away before they are shaped


@dataclass(frozen=True)
class Telemetry:
    """What `configure` set up; parts that the settings switched off are None."""

    settings: Settings
    metrics: Metrics
    tracer_provider: TracerProvider | None
    logs: FanOut | None

    def close(self) -> None:
        """Bring everything out that is still held, in 8 s at most: an absent receiver must not hold the end up."""
        traces = [self.tracer_provider.shutdown] if self.tracer_provider is not None else []
        logs = [self.logs.flush] if self.logs is not None else []
        side_by_side([*traces, *logs, self.metrics.provider.force_flush])


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
    metrics = create(resource, readers(settings), recording=settings.metrics)
    observe_process(metrics)
    provider = build(settings, resource) if settings.traces else None
    if provider is not None:
        trace.set_tracer_provider(provider)
    levels = {"": settings.log_level, **QUIET, **dict(settings.log_levels)} if settings.logs else SILENCE
    logs = install(sinks(settings), fixed_properties(settings), levels, Masker(settings.prompts).event)
    observe_sinks(metrics, logs)
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


def readers(settings: Settings) -> list[MetricReader]:
    """What pushes metrics elsewhere, besides the endpoint that Prometheus scrapes."""
    if not (settings.metrics and settings.otlp_endpoint and "otlp" in settings.metrics_exporter):
        return []
    from telemetry.otlp_metrics import reader

    return [reader(settings.otlp_endpoint, settings.otlp_protocol)]


def sinks(settings: Settings) -> list[Sink]:
    """Every sink that the settings name; none when logs are switched off."""
    configured: list[Sink] = []
    if not settings.logs:
        return configured
    if settings.log_folder:
        limits = {"keep": settings.file_days, "max_total": settings.max_total_bytes}
        configured.append(FileSink(Rolling(settings.log_folder, "codeagent", ".json", **limits)))
    if settings.console:
        configured.append(ConsoleSink())
    if settings.elasticsearch:
        cluster = Cluster(settings.elasticsearch, settings.elasticsearch_key)
        configured.append(ElasticSink(cluster, spill(settings, "logs")))
    if settings.azure_connection:
        with optional("azure"):
            from telemetry.azure_logs import AzureSink

        configured.append(AzureSink(settings.azure_connection, resource_of(settings)))
    return configured
