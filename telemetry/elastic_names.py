"""Names of indices and policies that the writing and the deleting side share."""

from __future__ import annotations

from typing import Final

LOG_PREFIX: Final = "codeagent"  # of daily indices: codeagent-yyyy.MM.dd
LIFECYCLE_POLICY: Final = "codeagent-retention"
SPANS: Final = "traces-generic.otel-default"
SPAN_EVENTS: Final = "logs-generic.otel-default"
SPAN_INDICES: Final = "traces-*.otel-*,logs-*.otel-*"
