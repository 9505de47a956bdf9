"""Structured logs: templates apart from text, ids on every line, sinks that cannot hurt each other."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from telemetry import correlation
from telemetry.batch import Batcher
from telemetry.elastic_sink import document
from telemetry.events import Event
from telemetry.files import Rolling
from telemetry.lenient_json import dumps
from telemetry.logs import FanOut, Sink, get_logger, install, scope, set_levels
from telemetry.masking import Masker
from telemetry.settings import Settings
from telemetry.sinks import ConsoleSink, FileSink


class Collected:
    """A sink that keeps events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, event: Event) -> None:
        self.events.append(event)

    def flush(self) -> None:
        """Nothing is held back."""

    close = flush


class Broken(Collected):
    """A sink that fails whatever is asked."""

    def write(self, event: Event) -> None:
        raise OSError("no space left on device")

    def flush(self) -> None:
        raise OSError("no space left on device")

    close = flush


@pytest.fixture
def collected() -> Iterator[Collected]:
    sink = Collected()
    before = logging.getLogger().level
    _install(sink)
    yield sink
    _install()
    logging.getLogger().setLevel(before)


def _install(*sinks: Sink) -> FanOut:
    return install(sinks, {"Application": "CodeAgent.Gateway"}, {"": "INFO"}, Masker().event)


def test_the_template_stays_apart_from_the_text_and_the_properties(collected: Collected) -> None:
    get_logger("test.logs").info("Took {Count} rows in {Duration:.1f} ms", Count=3, Duration=1.26)
    event = collected.events[0]
    assert event.template == "Took {Count} rows in {Duration:.1f} ms"
    assert event.message == "Took 3 rows in 1.3 ms"
    assert event.properties["Count"] == 3
    assert event.properties["Application"] == "CodeAgent.Gateway"
    assert event.level == "Information"


def test_records_of_libraries_come_along(collected: Collected) -> None:
    logging.getLogger("some.library").warning("lost %d of %s", 3, "ten")
    event = collected.events[0]
    assert (event.template, event.message) == ("lost %d of %s", "lost 3 of ten")
    assert event.properties["SourceContext"] == "some.library"


def test_every_line_inside_a_request_carries_its_ids(collected: Collected) -> None:
    correlation.set_current("c-42")
    tracer = TracerProvider().get_tracer("t")
    with tracer.start_as_current_span("x") as span, scope(ProviderId="openai", RequestId="r-1", UserId="u-1"):
        logging.getLogger("lib").warning("plain")
        get_logger("own").info("Own")
    correlation.set_current("")
    for event in collected.events:
        assert event.properties["CorrelationId"] == "c-42"
        assert event.properties["TraceId"] == f"{span.get_span_context().trace_id:032x}"
        assert event.properties["SpanId"] == f"{span.get_span_context().span_id:016x}"
        assert event.properties["ProviderId"] == "openai"
    get_logger("own").info("Outside")
    assert "ProviderId" not in collected.events[-1].properties
    assert "CorrelationId" not in collected.events[-1].properties


def test_an_exception_keeps_class_text_and_stack(collected: Collected) -> None:
    try:
        raise KeyError("absent")
    except KeyError:
        get_logger("own").exception("Failed")
    failure = collected.events[0].failure
    assert failure is not None
    assert failure.kind == "KeyError"
    assert "test_logs.py" in failure.stack


def test_causes_are_kept_outermost_first_and_masked(collected: Collected) -> None:
    try:
        try:
            raise OSError("password=hunter2")
        except OSError as error:
            raise ValueError("outer") from error
    except ValueError:
        get_logger("own").exception("Failed")
    exceptions = document(collected.events[0]).source["exceptions"]
    assert [(error["Depth"], error["ClassName"]) for error in exceptions] == [(0, "ValueError"), (1, "OSError")]
    assert "hunter2" not in repr(exceptions)


def test_secrets_are_gone_before_any_sink_sees_them(collected: Collected) -> None:
    get_logger("own").info("Called with {Authorization}", Authorization="Bearer abc123", body="password=hunter2")
    logging.getLogger("lib").warning("token=%s", "abc123")
    assert "abc123" not in repr(collected.events)
    assert "hunter2" not in repr(collected.events)


def test_one_sink_that_fails_hurts_neither_the_service_nor_the_others() -> None:
    sink, broken = Collected(), Broken()
    handler = _install(broken, sink)
    get_logger("own").warning("Still here")
    handler.flush()
    _install()
    assert [event.message for event in sink.events] == ["Still here"]
    assert handler.failed[0] >= 2
    assert handler.failed[1] == 0


def test_levels_change_at_run_time(collected: Collected) -> None:
    log = get_logger("test.levels")
    log.debug("unseen")
    set_levels({"test.levels": "debug"})
    log.debug("seen")
    set_levels({"test.levels": "error"})
    log.warning("unseen again")
    assert [event.message for event in collected.events] == ["seen"]
    with pytest.raises(ValueError, match="LOUD"):
        set_levels({"test.levels": "loud"})


def test_odd_properties_and_templates_do_no_harm(collected: Collected) -> None:
    log = get_logger("own")
    log.info("{A} {Missing} {A:zz} {} {{}}", A=1, name="x", msg="y", args=(1,), odd=object())
    handler = FanOut([collected], {})
    handler.handle(logging.LogRecord("lib", logging.INFO, "x.py", 1, "%d", ("not a number",), None))
    assert collected.events[0].properties["name"] == "x"
    assert collected.events[1].message == "%d ('not a number',)"


def test_what_json_cannot_say_is_written_as_text() -> None:
    """A client's JSON may hold half of a surrogate pair; a trace id as a number has 128 bits."""
    stream = io.StringIO()
    handler = FanOut([ConsoleSink(stream)], {})
    record = logging.LogRecord("lib", logging.INFO, "x.py", 1, "half \ud800", (), None)
    handler.handle(record)
    line = json.loads(stream.getvalue())
    assert line["@mt"] == "half ?"
    assert handler.failed == [0]
    assert json.loads(dumps({"id": 2**100, "list": ["\udfff", {1: None, "b": (True, 1.5)}]})) == {
        "id": str(2**100),
        "list": ["?", {"1": None, "b": [True, 1.5]}],
    }


def test_the_console_prints_compact_json() -> None:
    stream = io.StringIO()
    handler = _install(ConsoleSink(stream))
    get_logger("own").warning("Slow {Endpoint}", Endpoint="/v1/files")
    logging.getLogger("lib").error("%s broke", "it")
    handler.flush()
    _install()
    own, library = (json.loads(line) for line in stream.getvalue().splitlines())
    assert own["@mt"] == "Slow {Endpoint}"
    assert own["@l"] == "Warning"
    assert own["Endpoint"] == "/v1/files"
    assert "@m" not in own
    assert library["@m"] == "it broke"
    assert own["@t"].endswith("Z")


def test_the_file_sink_writes_whole_lines_from_many_threads(tmp_path: Path) -> None:
    handler = _install(FileSink(Rolling(tmp_path, "codeagent", ".json")))
    log = get_logger("own")
    threads = [threading.Thread(target=lambda: [log.info("n {N}", N=n) for n in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.flush()
    _install()
    lines: list[dict[str, Any]] = [json.loads(line) for path in tmp_path.iterdir() for line in path.open()]
    assert sorted(line["N"] for line in lines) == sorted([*range(200)] * 4)


def test_a_full_queue_drops_and_counts_and_a_failing_send_does_too() -> None:
    def refuse(_: list[int]) -> None:
        raise OSError("no space left on device")

    batch: Batcher[int] = Batcher(refuse, 10, 3_600, 25, "test")
    for number in range(30):
        batch.put(number)
    batch.close()
    assert batch.sent == 0
    assert batch.dropped == 30


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("Development", ["Verbose", "Debug", "Information", "Warning", "Error", "Fatal"]),
        ("Staging", ["Debug", "Information", "Warning", "Error", "Fatal"]),
        ("Production", ["Information", "Warning", "Error", "Fatal"]),
    ],
)
def test_each_environment_writes_the_levels_of_the_specification(
    collected: Collected, environment: str, expected: list[str]
) -> None:
    set_levels({"": Settings.load({"TELEMETRY_ENVIRONMENT": environment}).log_level})
    log = get_logger("CodeAgent.Levels")
    for write in (log.verbose, log.debug, log.info, log.warning, log.error, log.critical):
        write("At {Place}", Place=3)

    written = [event for event in collected.events if event.properties["SourceContext"] == "CodeAgent.Levels"]
    assert [event.level for event in written] == expected
    assert {(event.template, event.message) for event in written} == {("At {Place}", "At 3")}


def test_a_bound_property_is_part_of_a_verbose_event_too(collected: Collected) -> None:
    set_levels({"": "VERBOSE"})
    get_logger("CodeAgent.Levels").bind(RequestId="r-1").verbose("Took {Count} rows", Count=2)

    assert collected.events[-1].message == "Took 2 rows"
    assert collected.events[-1].properties["RequestId"] == "r-1"
