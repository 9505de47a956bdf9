"""Log events to Application Insights through Azure's own exporter, an extra of the package."""

from __future__ import annotations

from typing import Any, Final

from azure.monitor.opentelemetry.exporter import AzureMonitorLogExporter
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from telemetry.batch import Batcher
from telemetry.events import Event

_SEVERITY: Final = {
    "Verbose": SeverityNumber.TRACE,
    "Debug": SeverityNumber.DEBUG,
    "Information": SeverityNumber.INFO,
    "Warning": SeverityNumber.WARN,
    "Error": SeverityNumber.ERROR,
    "Fatal": SeverityNumber.FATAL,
}


class AzureSink:
    """Batches of 200, at the latest every 5 seconds; Azure's exporter keeps what it cannot send in files of its own."""

    def __init__(self, connection: str, resource: Resource) -> None:
        self._exporter = AzureMonitorLogExporter(connection_string=connection)
        self._resource = resource
        self.batch: Batcher[Event] = Batcher(self._send, 200, 5.0, 20_000, "log-azure")

    def write(self, event: Event) -> None:
        """Queue one event."""
        self.batch.put(event)

    def flush(self) -> None:
        """Send what is queued."""
        self.batch.flush()

    def close(self) -> None:
        """Send what is queued, and end."""
        self.batch.close()
        self._exporter.shutdown()

    def _send(self, events: list[Event]) -> None:
        result = self._exporter.export([record(event, self._resource) for event in events])
        if result is not LogRecordExportResult.SUCCESS:
            raise OSError(f"Application Insights did not accept {len(events)} events.")


def record(event: Event, resource: Resource) -> ReadableLogRecord:
    """The event as OpenTelemetry's log record, within its trace."""
    attributes: dict[str, Any] = {key: _plain(value) for key, value in event.properties.items()}
    attributes["messageTemplate"] = event.template
    if event.failure:
        attributes |= {
            "exception.type": event.failure.kind,
            "exception.message": event.failure.message,
            "exception.stacktrace": event.failure.stack,
        }
    log_record = LogRecord(
        timestamp=int(event.time.timestamp() * 1e9),
        context=set_span_in_context(NonRecordingSpan(_span(event))),
        severity_text=event.level,
        severity_number=_SEVERITY[event.level],
        body=event.message,
        attributes=attributes,
    )
    scope = InstrumentationScope(str(event.properties.get("SourceContext", "")))
    return ReadableLogRecord(log_record, resource, scope)


def _span(event: Event) -> SpanContext:
    trace_id = int(str(event.properties.get("TraceId", "0")), 16)
    return SpanContext(trace_id, int(str(event.properties.get("SpanId", "0")), 16), False, TraceFlags(1))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else str(value)
