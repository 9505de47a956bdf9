"""The tracer provider: sampled at the head, kept at the tail, exported to places that cannot hurt each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer
from opentelemetry.trace import TracerProvider as Provider

from telemetry.batch import Batcher
from telemetry.closing import side_by_side
from telemetry.elastic_http import Cluster
from telemetry.elastic_traces import ElasticSpanExporter
from telemetry.extras import optional
from telemetry.files import Rolling, append
from telemetry.masked_spans import masked
from telemetry.masking import Masker
from telemetry.otlp_json import encode
from telemetry.sampling import sampler
from telemetry.settings import Settings
from telemetry.spill import Spill
from telemetry.tail import TailProcessor

TRACER = "CodeAgent.API"


@lru_cache(16)
def _tracer(provider: Provider, name: str) -> Tracer:
    return provider.get_tracer(name)


def tracer(name: str = TRACER) -> Tracer:
    """The tracer of the provider that is set now; asking the SDK builds a new one each time, for 20 µs a span."""
    return _tracer(trace.get_tracer_provider(), name)


SpanBatch = Batcher[ReadableSpan]
BATCH = 64  # spans; about 2 ms of masking and encoding, during which requests may have to wait
# A hostile or careless value must not make a span of megabytes.
LIMITS = SpanLimits(max_span_attribute_length=8_192, max_event_attributes=32)


def build(settings: Settings, resource: Resource, extra: Sequence[SpanExporter] = ()) -> TracerProvider:
    """A provider with every exporter that the settings name; ValueError for an unknown sampler or protocol."""
    masker = Masker(settings.prompts)
    batches = [_batch(exporter, masker) for exporter in (*_exporters(settings), *extra)]
    provider = TracerProvider(
        sampler(settings.sampler, settings.sampler_argument), resource, span_limits=LIMITS, shutdown_on_exit=False
    )
    provider.add_span_processor(TailProcessor([b.put for b in batches], settings.keep_slow_ms, _closing(batches)))
    return provider


def _closing(batches: Sequence[SpanBatch]) -> Callable[[], object]:
    return lambda: side_by_side([batch.close for batch in batches])


class FileExporter(SpanExporter):
    """OTLP JSON to rolling files, one batch a line."""

    def __init__(self, rolling: Rolling) -> None:
        self._rolling = rolling

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append one line; OSError when the disk refuses."""
        append(self._rolling, encode(spans) + b"\n")
        return SpanExportResult.SUCCESS


def _batch(exporter: SpanExporter, masker: Masker) -> SpanBatch:
    def send(spans: list[ReadableSpan]) -> None:
        if exporter.export([masked(span, masker) for span in spans]) is not SpanExportResult.SUCCESS:
            raise OSError(f"{type(exporter).__name__} did not take {len(spans)} spans.")

    idle = exporter.writer.idle if isinstance(exporter, ElasticSpanExporter) else None
    return Batcher(send, BATCH, 1.0, 20_000, f"trace-{type(exporter).__name__}", idle)


def _exporters(settings: Settings) -> list[SpanExporter]:
    """Every exporter that the settings name; heavy ones are imported only when used: gRPC alone costs 20 MB."""
    exporters: list[SpanExporter] = []
    if settings.trace_folder:
        limits = {"keep": settings.file_days, "max_total": settings.max_total_bytes}
        exporters.append(FileExporter(Rolling(settings.trace_folder, "traces", ".jsonl", **limits)))
    if settings.elasticsearch and settings.elasticsearch_traces:
        cluster = Cluster(settings.elasticsearch, settings.elasticsearch_key)
        exporters.append(ElasticSpanExporter(cluster, spill(settings, "traces")))
    if settings.trace_console:
        exporters.append(_console(settings))
    if settings.otlp_endpoint:
        exporters.append(_otlp(settings))
    if settings.azure_connection:
        # An extra: the type checker does not see it where it is not installed.
        with optional("azure"):
            from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter  # type: ignore[import-not-found, unused-ignore]

        exporters.append(AzureMonitorTraceExporter(connection_string=settings.azure_connection))
    return exporters


def spill(settings: Settings, name: str) -> Spill | None:
    """Where documents wait while Elasticsearch is away."""
    return Spill(settings.spill_folder, name, settings.spill_bytes) if settings.spill_folder else None


def _console(settings: Settings) -> SpanExporter:
    if settings.environment.capitalize() != "Development":
        raise ValueError("TELEMETRY_TRACE_CONSOLE is for TELEMETRY_ENVIRONMENT=Development only.")
    return ConsoleSpanExporter(formatter=lambda span: f"{span.to_json(indent=None)}\n")


def _otlp(settings: Settings) -> SpanExporter:
    if settings.otlp_protocol == "grpc":
        with optional("otlp"):
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=settings.otlp_endpoint.startswith("http:"))
    if settings.otlp_protocol == "http/protobuf":
        with optional("otlp"):
            from opentelemetry.exporter.otlp.proto.http import trace_exporter as over_http

        return over_http.OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces")
    raise ValueError(f"OTEL_EXPORTER_OTLP_PROTOCOL={settings.otlp_protocol}: write grpc or http/protobuf.")
