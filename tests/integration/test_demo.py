"""The whole demo, as `make demo` starts it, on ports and data of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from demo.configs import JOBS
from demo.ports import Ports
from gateway.catalog import BASE_RATE
from tests.demo_kit import Demo, started
from tests.servers import ROOT, free_port, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(tmp_path_factory.mktemp("demo")) as created:
        yield created


def test_it_says_what_it_does_and_where_it_is(demo: Demo) -> None:
    assert f"Ready: http://127.0.0.1:{demo.ports.app}\n" in demo.output()
    assert len(re.findall(r"^\[ *[0-9.]+ s\] \S+ runs", demo.output(), re.MULTILINE)) >= 9


def test_a_day_is_there_before_the_first_minute_is_over(demo: Demo) -> None:
    rate = "sum(rate(codeagent_requests_total[5m]))"
    hours = [demo.number(rate, time.time() - 3_600 * ago) for ago in range(1, 25)]

    assert sum(hour > BASE_RATE / 3 for hour in hours) >= 23  # one may meet the gateway's absence
    assert sum(hours) / len(hours) == pytest.approx(BASE_RATE, rel=0.2)


def test_every_target_is_scraped(demo: Demo) -> None:
    wait_until(lambda: len(demo.query('up{environment="demo"} == 1')) == sum(map(len, JOBS.values())), 60)

    assert {row["metric"]["job"] for row in demo.query("up == 1")} == set(JOBS)


def test_live_data_go_on_where_the_history_ends(demo: Demo) -> None:
    lived = 'count_over_time(codeagent_requests_total{endpoint="/v1/chat/completions",status="200"}[40s])'
    wait_until(lambda: demo.number(lived) >= 2 and demo.number("sum(rate(codeagent_requests_total[30s]))") > 1, 90)

    # The same series: live samples did not make a second one beside the simulated one.
    chats = 'codeagent_requests_total{endpoint="/v1/chat/completions",status="200"}'
    assert len(demo.query(chats)) == 2  # one of each instance
    fastest = demo.number("max_over_time((sum(rate(node_cpu_seconds_total[60s])))[10m:15s])")
    assert fastest <= 1.1 * (os.cpu_count() or 1)


def test_the_dashboards_answer_and_say_that_it_is_a_demo(demo: Demo) -> None:
    wait_until(lambda: requests.get(f"{demo.ports.url('app')}/health/ready", timeout=5).status_code == 200, 30)

    assert "demo" in requests.get(f"{demo.ports.url('app')}/overview", timeout=10).text.lower()


def test_the_alert_rules_are_loaded_and_alertmanager_is_known(demo: Demo) -> None:
    base = demo.ports.url("prometheus")
    groups = requests.get(f"{base}/api/v1/rules", timeout=5).json()["data"]["groups"]
    known = requests.get(f"{base}/api/v1/alertmanagers", timeout=5).json()["data"]["activeAlertmanagers"]

    assert {"HighErrorRate", "SlowAPIResponse", "ProviderDown"} <= {
        rule["name"] for group in groups for rule in group["rules"]
    }
    assert [entry["url"] for entry in known] == [f"{demo.ports.url('alertmanager')}/api/v2/alerts"]


def test_an_incident_is_switched_on_by_one_command(demo: Demo) -> None:
    command = ["make", "--no-print-directory", "incident", "KIND=errors", "FOR=60s", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=ROOT, env=demo.environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    failed = 'sum(rate(codeagent_requests_total{status=~"5.."}[40s])) / sum(rate(codeagent_requests_total[40s]))'
    wait_until(lambda: demo.number(failed) > 0.04, 60)


def test_a_second_demo_on_the_same_ports_is_refused_in_one_sentence(demo: Demo, tmp_path: Path) -> None:
    done = Demo(tmp_path, demo.ports).run()

    assert done.returncode == 1
    assert re.fullmatch(r"demo: Port \d+ is in use, .*make demo-stop.*DEMO_PORT_[A-Z_]+=…\n", done.stderr)
    assert len(demo.listening()) == len(dataclasses.fields(Ports))


def test_ctrl_c_ends_everything(demo: Demo) -> None:
    assert demo.end(signal.SIGINT) == 0

    assert demo.listening() == []
    assert not (demo.folder / "data" / "running.json").exists()


def test_a_second_start_keeps_the_history_and_takes_seconds(demo: Demo) -> None:
    demo.start()
    demo.until_ready()

    assert "History of the last run is kept" in demo.output()
    assert float(re.findall(r"\[ *([0-9.]+) s\] Ready", demo.output())[0]) < 60


def test_a_demo_left_behind_is_ended_by_its_notes(demo: Demo) -> None:
    demo.end(signal.SIGKILL)
    left = json.loads((demo.folder / "data" / "running.json").read_text())
    assert demo.listening()

    done = demo.run("stop")

    assert done.stdout.startswith("Stopped redis, ")
    assert len(left) >= 10
    assert demo.listening() == []
    assert demo.run("stop").stdout == "No demo is running.\n"


def test_a_port_of_somebody_else_is_named(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        used_port = listener.getsockname()[1]
        free = {field.name: free_port() for field in dataclasses.fields(Ports)}
        done = Demo(tmp_path, Ports(**{**free, "prometheus": used_port})).run()

    assert done.returncode == 1
    assert f"Port {used_port} is in use, prometheus needs it." in done.stderr
    assert "DEMO_PORT_PROMETHEUS" in done.stderr
