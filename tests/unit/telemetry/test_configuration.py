"""One call sets everything up, once a process. Each test is a process of its own: the set-up is global."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
BEGIN = """
from telemetry.configuration import configure
from telemetry.settings import Settings
from telemetry.logs import get_logger
from telemetry.exposition import scrape
from telemetry.traces import tracer
telemetry = configure(Settings.load())
"""


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script after the set-up, with files below a folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TELEMETRY_LOG_FOLDER": str(folder / "logs"),
        "TELEMETRY_TRACE_FOLDER": str(folder / "traces"),
        "OTEL_TRACES_SAMPLER": "always_on",
        **variables,
    }
    command = [sys.executable, "-c", BEGIN + script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def lines(folder: Path) -> list[dict[str, Any]]:
    """The log's events."""
    return [json.loads(line) for path in folder.glob("logs/*.json") for line in path.open()]


def test_logs_traces_and_metrics_speak_of_the_same_service_and_trace(tmp_path: Path) -> None:
    done = run(
        """
with tracer().start_as_current_span("work"):
    get_logger("CodeAgent.API").info("Took {Count} rows", Count=3)
    telemetry.metrics.add("codeagent_requests_total", 1, endpoint="/x", method="GET", status="200")
print(scrape(telemetry.metrics.reader)[0].decode())
telemetry.close()
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    event = lines(tmp_path)[0]
    spans = "".join(path.read_text() for path in tmp_path.glob("traces/*.jsonl"))
    assert event["@mt"] == "Took {Count} rows"
    assert event["Application"] == "CodeAgent.Gateway"
    assert event["EnvironmentName"] == "Production"
    assert {"MachineName", "ThreadId", "TraceId", "SpanId", "Version", "SourceContext"} <= set(event)
    assert event["TraceId"] in spans
    assert "CodeAgent.Gateway" in spans
    assert 'codeagent_requests_total{endpoint="/x",method="GET",status="200"} 1' in done.stdout
    assert 'codeagent_telemetry_log_events_total{sink="file",result="dropped"} 0' in done.stdout


def test_the_same_again_changes_nothing_and_other_settings_are_refused(tmp_path: Path) -> None:
    done = run(
        """
assert configure(Settings.load()) is telemetry
try:
    configure(Settings.load(service="other"))
except RuntimeError as error:
    print(error)
get_logger("CodeAgent.API").info("Once")
telemetry.close()
""",
        tmp_path,
    )
    assert "already configured" in done.stdout
    assert [line["@mt"] for line in lines(tmp_path)] == ["Once"]


def test_what_is_switched_off_writes_and_counts_nothing(tmp_path: Path) -> None:
    off = dict.fromkeys(("TELEMETRY_TRACES", "TELEMETRY_LOGS", "TELEMETRY_METRICS"), "false")
    done = run(
        """
with tracer().start_as_current_span("work"):
    get_logger("CodeAgent.API").error("Nobody hears")
    telemetry.metrics.add("codeagent_requests_total", 1, endpoint="/x", method="GET", status="200")
print(scrape(telemetry.metrics.reader)[0].decode())
telemetry.close()
""",
        tmp_path,
        **off,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert "codeagent_requests_total{" not in done.stdout


def test_a_folder_that_cannot_be_written_does_not_hurt_the_service(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    done = run('get_logger("CodeAgent.API").info("x"); telemetry.close(); print("fine")', tmp_path)
    assert done.stdout.strip() == "fine"
