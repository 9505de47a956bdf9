"""Log events as Serilog's Elasticsearch sink writes them: one document an event, an index a day."""

from __future__ import annotations

import uuid
from typing import Any, Final

import orjson

from telemetry.batch import Batcher
from telemetry.elastic_bulk import BulkWriter, Counts, Document
from telemetry.elastic_http import Cluster, Refused
from telemetry.elastic_names import LIFECYCLE_POLICY, LOG_PREFIX
from telemetry.events import Event
from telemetry.spill import Spill

TEMPLATE_NAME: Final = "codeagent-logs"
_RAW: Final = {"raw": {"type": "keyword", "ignore_above": 256}}
_RAW_LONG: Final = {"raw": {"type": "keyword", "ignore_above": 1024}}
_STRING: Final = {"type": "text", "norms": False, "fields": _RAW}
# Serilog's own template, so that documents of both kinds of service live in one index and answer the same queries.
TEMPLATE: Final[dict[str, Any]] = {
    "index_patterns": [f"{LOG_PREFIX}-*"],
    "priority": 200,
    "template": {
        "settings": {"index": {"refresh_interval": "5s", "mapping": {"total_fields": {"limit": 1000}}}},
        "mappings": {
            "dynamic_templates": [
                {"strings": {"match_mapping_type": "string", "mapping": _STRING}}
            ],
            "properties": {
                "@timestamp": {"type": "date_nanos"},  # our times have microseconds; `date` would keep milliseconds
                "level": {"type": "keyword", "fields": _RAW},
                "message": {"type": "text"},
                "messageTemplate": {"type": "text", "norms": False, "fields": _RAW_LONG},
                "exceptions": {
                    "type": "nested",
                    "properties": {
                        "Depth": {"type": "integer"},
                        "ClassName": {"type": "keyword", "fields": _RAW},
                        "Message": {"type": "text"},
                        "StackTraceString": {"type": "text"},
                        "HResult": {"type": "integer"},
                    },
                },
                "fields": {"dynamic": True, "properties": {name: {"type": "keyword", "fields": _RAW} for name in (
                    "CorrelationId", "TraceId", "SpanId", "ProviderId", "RequestId", "UserId", "Application",
                    "EnvironmentName", "MachineName", "SourceContext", "Endpoint", "Method",
                )}},
            },
        },
    },
}  # fmt: skip


class ElasticSink:
    """Batches of 50, at the latest every 2 seconds; the caller never waits for the cluster."""

    def __init__(self, cluster: Cluster, spill: Spill | None, size: int = 50, seconds: float = 2.0) -> None:
        self.writer = BulkWriter(cluster, spill, register_template, plain)
        self.batch: Batcher[bytes] = Batcher(
            self.writer.write, size, seconds, 20_000, "log-elasticsearch", self.writer.idle
        )

    @property
    def counts(self) -> Counts:
        """What became of events so far; what the queue had no room for is among the dropped."""
        counts_ = self.writer.counts
        return Counts(counts_.sent, counts_.refused, counts_.dropped + self.batch.dropped, counts_.spilled)

    def write(self, event: Event) -> None:
        """Queue one event."""
        self.batch.put(document(event).lines())

    def flush(self) -> None:
        """Send what is queued, or keep it on disk."""
        self.batch.flush()

    def close(self) -> None:
        """Flush, and end."""
        self.batch.close()


def document(event: Event) -> Document:
    """The event in Serilog's shape, in its day's index."""
    source: dict[str, Any] = {
        "@timestamp": event.time.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "level": event.level,
        "messageTemplate": event.template,
        "message": event.message,
        "fields": dict(event.properties),
    }
    if event.failure:
        source["exceptions"] = [
            {"Depth": depth, "ClassName": failure.kind, "Message": failure.message, "StackTraceString": failure.stack}
            for depth, failure in enumerate(event.failure.chain())
        ]
    return Document(f"{LOG_PREFIX}-{event.time:%Y.%m.%d}", uuid.uuid4().hex, source)


def plain(lines: bytes) -> bytes:
    """A refused document with its fields as one text, ids kept: readable and findable whatever the mapping says."""
    action, source, _ = lines.split(b"\n", 2)
    content = orjson.loads(source)
    fields = content.get("fields", {})
    readable = {
        name: str(fields[name]) for name in ("CorrelationId", "TraceId", "SpanId", "SourceContext") if name in fields
    }
    content["fields"] = {**readable, "AsText": orjson.dumps(fields).decode()}
    return action + b"\n" + orjson.dumps(content) + b"\n"


def register_template(cluster: Cluster) -> None:
    """Put the index template, with the retention policy's name where the cluster has such a policy."""
    template = orjson.loads(orjson.dumps(TEMPLATE))
    if _has(cluster, f"/_ilm/policy/{LIFECYCLE_POLICY}"):
        template["template"]["settings"]["index"]["lifecycle"] = {"name": LIFECYCLE_POLICY}
    cluster.call("PUT", f"/_index_template/{TEMPLATE_NAME}", template)


def _has(cluster: Cluster, path: str) -> bool:
    try:
        cluster.call("GET", path)
    except Refused:
        return False
    return True
