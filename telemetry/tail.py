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
MAX_SPANS = 12_000  # below one root; what is beyond is counted, not kept
REMEMBERED = 20_000  # decided traces, for spans that end after their root


Id = tuple[int, int]  # of a trace and of a span in it


@dataclass
class _Open:
    """A local root that has not ended: what ended below it, and the ids of all that began below it."""

    sampled: bool
    failed: bool = False
    spans: list[ReadableSpan] = field(default_factory=list)
    ids: list[Id] = field(default_factory=list)


class TailProcessor(SpanProcessor):
    """Holds the spans below a local root until that ends, then exports all or none of them.

    They are exported when the root was sampled, when any of them has an error status, or when the root took at least
    `slow_ms`. The sampler must record what it does not sample (`Decision.RECORD_ONLY`).
    """

    def __init__(self, exports: Sequence[Export], slow_ms: float, close: Callable[[], object] | None = None) -> None:
        self._exports, self._slow_ns, self._close = tuple(exports), slow_ms * 1e6, close
        self._open: OrderedDict[Id, _Open] = OrderedDict()
        self._root_of: dict[Id, Id] = {}
        self._decided: OrderedDict[int, bool] = OrderedDict()
        self._lock = threading.Lock()
        self.dropped = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note below which local root it begins; the oldest open root gives way when there are too many.

        By root and not by trace: a caller may call several times within one trace, side by side or one by one.
        """
        context = span.get_span_context()
        if context is None:
            return
        own = context.trace_id, context.span_id
        with self._lock:
            if _is_local_root(span):
                self._open[own] = _Open(bool(context.trace_flags.sampled))
                self._belongs(own, own)
                if len(self._open) > MAX_TRACES:
                    oldest = self._closed(next(iter(self._open)))
                    self.dropped += len(oldest.spans)
            elif span.parent is not None:
                root = self._root_of.get((context.trace_id, span.parent.span_id))
                if root is not None:
                    self._belongs(own, root)

    def on_end(self, span: ReadableSpan) -> None:
        """Hold the span, or decide when it is the local root."""
        context = span.get_span_context()
        if context is None:
            return
        with self._lock:
            ready = self._settle((context.trace_id, context.span_id), span)
        for span_ in ready:
            for export in self._exports:
                export(span_)

    def _belongs(self, own: Id, root: Id) -> None:
        held = self._open[root]
        if len(held.ids) < 2 * MAX_SPANS:
            held.ids.append(own)
            self._root_of[own] = root
        else:
            self.dropped += 1

    def _closed(self, root: Id) -> _Open:
        held = self._open.pop(root)
        for identifier in held.ids:
            self._root_of.pop(identifier, None)
        return held

    def _settle(self, own: Id, span: ReadableSpan) -> list[ReadableSpan]:
        failed, root = span.status.status_code is StatusCode.ERROR, self._root_of.get(own)
        if root is None:  # its root has ended or gave way
            return [span] if failed or self._decided.get(own[0], False) or self._slow_root(span) else []
        held = self._open[root]
        held.failed = held.failed or failed
        if len(held.spans) < MAX_SPANS:
            held.spans.append(span)
        else:
            self.dropped += 1
        if root != own:
            return []
        self._closed(own)
        keep = held.sampled or held.failed or self._slow_root(span)
        self._remember(own[0], keep)
        return held.spans if keep else []

    def _slow_root(self, span: ReadableSpan) -> bool:
        return _is_local_root(span) and (span.end_time or 0) - (span.start_time or 0) >= self._slow_ns

    def _remember(self, trace_id: int, keep: bool) -> None:
        self._decided[trace_id] = keep or self._decided.get(trace_id, False)
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
