"""Metrics pushed to a collector, beside the endpoint that Prometheus scrapes."""

from __future__ import annotations

from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, PeriodicExportingMetricReader

from telemetry.extras import optional

EVERY_MS = 15_000.0  # the usual scrape interval, so that both ways have the same resolution


def reader(endpoint: str, protocol: str) -> MetricReader:
    """A reader that exports over OTLP; ValueError for an unknown protocol."""
    return PeriodicExportingMetricReader(_exporter(endpoint, protocol), EVERY_MS)


def _exporter(endpoint: str, protocol: str) -> MetricExporter:
    if protocol == "grpc":
        with optional("otlp"):
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter

        return OTLPMetricExporter(endpoint=endpoint, insecure=endpoint.startswith("http:"))
    if protocol == "http/protobuf":
        with optional("otlp"):
            from opentelemetry.exporter.otlp.proto.http import metric_exporter as over_http

        return over_http.OTLPMetricExporter(endpoint=endpoint.rstrip("/") + "/v1/metrics")
    raise ValueError(f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: write grpc or http/protobuf.")
