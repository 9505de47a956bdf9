"""The layouts of span documents, in the order in which they are looked for."""

from __future__ import annotations

from typing import Final

from queries.stores.elastic.trace_apm import APM
from queries.stores.elastic.trace_jaeger import JAEGER
from queries.stores.elastic.trace_layout import TraceLayout
from queries.stores.elastic.trace_otel import OTEL_TRACES
from queries.stores.elastic.trace_otlp import OTLP_TRACES

TRACE_LAYOUTS: Final[tuple[TraceLayout, ...]] = (OTEL_TRACES, APM, JAEGER, OTLP_TRACES)
