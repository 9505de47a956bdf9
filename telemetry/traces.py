"""The tracer provider: sampled at the head, kept at the tail, exported to places that cannot hurt each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from telemetry.batch import Batcher
from telemetry.files import Rolling, append
from telemetry.otlp_json import encode
from telemetry.sampling import sampler
from telemetry.settings import Settings
from telemetry.tail import TailProcessor

TRACER = "CodeAgent.API"
SpanBatch = Batcher[ReadableSpan]
# A hostile or careless value must not make a span of megabytes.
LIMITS = SpanLimits(max_span_attribute_length=8_192, max_event_attributes=32)


def build(settings: Settings, resource: Resource, extra: Sequence[SpanExporter] = ()) -> TracerProvider:
    """A provider with every exporter that the settings name; ValueError for an unknown sampler or protocol."""
    batches = [_file_batch(settings)] if settings.trace_folder else []
    batches += [_exporter_batch(exporter) for exporter in (*_exporters(settings), *extra)]
    provider = TracerProvider(
        sampler(settings.sampler, settings.sampler_argument), resource, span_limits=LIMITS, shutdown_on_exit=False
    )
    provider.add_span_processor(TailProcessor([b.put for b in batches], settings.keep_slow_ms, _closing(batches)))
    return provider


def _closing(batches: Sequence[SpanBatch]) -> Callable[[], None]:
    def close() -> None:
        for batch in batches:
            batch.close()

    return close


def _file_batch(settings: Settings) -> SpanBatch:
    assert settings.trace_folder is not None
    rolling = Rolling(settings.trace_folder, "traces", ".jsonl", settings.file_days, max_total=settings.max_total_bytes)
    return Batcher(lambda spans: _write(rolling, spans), 512, 1.0, 20_000, "trace-files")


def _write(rolling: Rolling, spans: list[ReadableSpan]) -> None:
    append(rolling, encode(spans) + b"\n")


def _exporter_batch(exporter: SpanExporter) -> SpanBatch:
    def send(spans: list[ReadableSpan]) -> None:
        if exporter.export(spans) is not SpanExportResult.SUCCESS:
            raise OSError(f"{type(exporter).__name__} did not take {len(spans)} spans.")

    return Batcher(send, 512, 2.0, 20_000, f"trace-{type(exporter).__name__}")


def _exporters(settings: Settings) -> list[SpanExporter]:
    """Network exporters, imported only when used: gRPC alone costs 20 MB."""
    found: list[SpanExporter] = []
    if settings.otlp_endpoint:
        found.append(_otlp(settings))
    if settings.azure_connection:
        # An extra: the type checker does not see it where it is not installed.
        from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter  # type: ignore[import-not-found, unused-ignore]

        found.append(AzureMonitorTraceExporter(connection_string=settings.azure_connection))
    return found


def _otlp(settings: Settings) -> SpanExporter:
    if settings.otlp_protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=settings.otlp_endpoint.startswith("http:"))
    if settings.otlp_protocol == "http/protobuf":
        from opentelemetry.exporter.otlp.proto.http import trace_exporter as over_http

        return over_http.OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces")
    raise ValueError(f"OTEL_EXPORTER_OTLP_PROTOCOL={settings.otlp_protocol}: write grpc or http/protobuf.")
