"""Keeps whole traces: those the head sampler chose, and besides them every one that failed or was slow."""

# ruff: noqa: ARG002  (the signatures are the SDK's)
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

Export = Callable[[ReadableSpan], None]
MAX_TRACES = 4_000
MAX_SPANS = 12_000  # of one trace; what is beyond is counted, not kept
REMEMBERED = 20_000  # decided traces, for spans that end after their root


@dataclass
class _Open:
    """A trace whose local root has not ended."""

    sampled: bool
    failed: bool = False
    spans: list[ReadableSpan] = field(default_factory=list)


class TailProcessor(SpanProcessor):
    """Holds a trace's spans until its local root ends, then exports all or none of them.

    A trace is exported when its root was sampled, when any span has an error status, or when the root took at least
    `slow_ms`. The sampler must record what it does not sample (`Decision.RECORD_ONLY`).
    """

    def __init__(self, exports: Sequence[Export], slow_ms: float, close: Callable[[], object] | None = None) -> None:
        self._exports, self._slow_ns, self._close = tuple(exports), slow_ms * 1e6, close
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._decided: OrderedDict[int, bool] = OrderedDict()
        self._lock = threading.Lock()
        self.dropped = 0
        self.kept_traces = 0
        self.left_out_traces = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Open the trace with its first span; the oldest open trace gives way when there are too many."""
        context = span.get_span_context()
        if context is None:
            return
        with self._lock:
            if context.trace_id in self._open or context.trace_id in self._decided:
                return
            self._open[context.trace_id] = _Open(bool(context.trace_flags.sampled))
            if len(self._open) > MAX_TRACES:
                _, oldest = self._open.popitem(last=False)
                self.dropped += len(oldest.spans)

    def on_end(self, span: ReadableSpan) -> None:
        """Hold the span, or decide when it is the local root."""
        context = span.get_span_context()
        if context is None:
            return
        with self._lock:
            ready = self._settle(context.trace_id, span)
        for one in ready:
            for export in self._exports:
                export(one)

    def _settle(self, trace_id: int, span: ReadableSpan) -> list[ReadableSpan]:
        failed = span.status.status_code is StatusCode.ERROR
        held = self._open.get(trace_id)
        if held is None:  # the root has ended (a caller may call twice within one trace), or the trace gave way
            return [span] if failed or self._decided.get(trace_id, False) or self._slow_root(span) else []
        held.failed = held.failed or failed
        if len(held.spans) < MAX_SPANS:
            held.spans.append(span)
        else:
            self.dropped += 1
        if not _is_local_root(span):
            return []
        del self._open[trace_id]
        keep = held.sampled or held.failed or self._slow_root(span)
        self._remember(trace_id, keep)
        return held.spans if keep else []

    def _slow_root(self, span: ReadableSpan) -> bool:
        return _is_local_root(span) and (span.end_time or 0) - (span.start_time or 0) >= self._slow_ns

    def _remember(self, trace_id: int, keep: bool) -> None:
        self.kept_traces += keep
        self.left_out_traces += not keep
        self._decided[trace_id] = keep
        if len(self._decided) > REMEMBERED:
            self._decided.popitem(last=False)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing to do: open traces are not finished, and exporters flush themselves."""
        return True

    def shutdown(self) -> None:
        """Close the exporters."""
        if self._close:
            self._close()


def _is_local_root(span: ReadableSpan) -> bool:
    return span.parent is None or span.parent.is_remote
