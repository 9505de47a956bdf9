"""What is held goes out at the end, and no receiver that hangs keeps the others or the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from telemetry.closing import side_by_side
from telemetry.settings import Settings
from telemetry.traces import build


def test_all_calls_run_and_a_hanging_one_is_not_waited_for() -> None:
    never, done = threading.Event(), list[str]()

    assert not side_by_side([never.wait, lambda: done.append("other")], 0.2)
    assert done == ["other"]
    never.set()


def test_calls_that_end_are_waited_for() -> None:
    done = list[int]()

    assert side_by_side([lambda number=number: done.append(number) for number in range(5)])  # type: ignore[misc]
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_spans_reach_the_disk_while_another_exporter_hangs(tmp_path: Path) -> None:
    release = threading.Event()

    class Hanging(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            release.wait(20)
            return SpanExportResult.FAILURE

    provider = build(Settings(trace_folder=tmp_path, sampler="always_on"), Resource({}), [Hanging()])
    for _ in range(300):
        provider.get_tracer("t").start_span("one").end()
    closing = threading.Thread(target=provider.shutdown, daemon=True)
    closing.start()
    closing.join(15)
    release.set()

    assert not closing.is_alive()
    assert sum(path.read_text().count('"name":"one"') for path in tmp_path.glob("*.jsonl")) == 300
