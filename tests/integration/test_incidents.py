"""Faults that are switched on in the demo change the metric that they are about, as Prometheus scrapes it.

`ALL_KINDS=1` in the environment of pytest tries every kind, one after the other, for about ten minutes; otherwise one
of each way in which a fault is made, all at the same time: in the gateway, in the providers, in one instance, on the
host, and in what is scraped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
import requests

from gateway.faults import FAULTS
from tests.demo_kit import Demo, started
from tests.servers import ROOT, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

WINDOW = "[12s]"
SECONDS = 120  # longer than any fault needs to show
EVERY_WAY = ("errors", "provider-down", "bad-deploy", "disk-filling", "target-gone")
GROUPS = [(fault.name,) for fault in FAULTS] if os.environ.get("ALL_KINDS") else [EVERY_WAY]


@dataclass(frozen=True)
class Case:
    """A fault as it is switched on, and an expression that has a value only while the fault is on."""

    kind: str
    expression: str
    place: str = ""
    size: str = ""


def _rate(metric: str, matchers: str = "") -> str:
    return f"sum(rate({metric}{{{matchers}}}{WINDOW}))"


def _mean(metric: str, matchers: str = "") -> str:
    return f"{_rate(metric + '_sum', matchers)} / {_rate(metric + '_count', matchers)}"


def _share(metric: str, part: str, whole: str = "") -> str:
    return f"{_rate(metric, ','.join(filter(None, (whole, part))))} / {_rate(metric, whole)}"


REQUESTS, CALLS = "codeagent_requests_total", "codeagent_llm_requests_total"
DURATION, LATENCY = "codeagent_request_duration", "codeagent_llm_latency"
MODELS, USERS = 'endpoint="/v1/models"', 'endpoint="/v1/users/{user_id}"'
OPENAI, ANTHROPIC, MISTRAL = (f'provider="{name}"' for name in ("openai", "anthropic", "mistral"))
CODE_500, CODE_529, CODE_503, CODE_429 = (f'status="{code}"' for code in (500, 529, 503, 429))
LOOK_UPS, HIT = "codeagent_cache_requests_total", 'result="hit"'
TOKENS, SUPPORT = "codeagent_llm_tokens_total", 'team="support"'
MEMORY = 'namedprocess_namegroup_memory_bytes{groupname="gateway",memtype="resident"}'
DISK = 'node_filesystem_avail_bytes{mountpoint="/"}'


def cases(demo: Demo) -> list[Case]:
    """One case for each kind of fault."""
    first, second = demo.ports.target("gateway"), demo.ports.target("gateway2")
    instance = f'instance="{second}"'
    return [
        Case("errors", f"{_share(REQUESTS, CODE_500, MODELS)} > 0.4", "/v1/models", "0.9"),
        Case("slow-endpoint", f"{_mean(DURATION, USERS)} > 500"),
        Case("slow", f"{_mean(LATENCY, MISTRAL)} > 2500", "mistral", "8"),
        Case("provider-down", f"{_share(CALLS, CODE_503, MISTRAL)} > 0.9"),
        Case("provider-errors", f"{_share(CALLS, CODE_529, ANTHROPIC)} > 0.3", "anthropic", "0.8"),
        Case("rate-limited", f"{_share(CALLS, CODE_429, OPENAI)} > 0.2"),
        Case("pool-exhausted", 'min(codeagent_db_connections{state="active"}) >= 19'),
        Case("slow-database", f"{_mean('codeagent_db_query_duration')} > 200"),
        Case("no-cache", f"{_share(LOOK_UPS, HIT)} < 0.01"),
        Case("token-explosion", f"{_share(TOKENS, SUPPORT)} > 0.6", size="20"),
        Case("spike", "sum(codeagent_connections_active) > 80", size="8"),
        Case("traffic", f"{_rate(REQUESTS)} > 22", size="6"),
        Case("silence", f"{_rate(REQUESTS)} < 1"),
        Case("bad-deploy", f"{_share(REQUESTS, CODE_500, instance)} > 0.3", second, "0.8"),
        Case("memory-leak", f"{MEMORY} > 1.2 * min_over_time({MEMORY}[60s])", size="6"),
        Case("disk-filling", f"{DISK} < 0.98 * max_over_time({DISK}[60s])", size="0.02"),
        Case("slow-network", f"{_mean(LATENCY)} > 2500", size="3000"),
        Case("retry-storm", f"{_rate(CALLS)} / {_rate(REQUESTS)} > 1", size="5"),
        Case("target-gone", f'up{{instance="{first}"}} == 0', first),
    ]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(tmp_path_factory.mktemp("incidents"), options=("--scrape", "3")) as running:
        wait_until(lambda: running.number(_rate(REQUESTS)) > 1, 180)
        yield running


def incident(demo: Demo, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "incident", *arguments, "--url", demo.ports.url("gateway")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def switch_on(demo: Demo, case: Case) -> None:
    place = ("--place", case.place) if case.place else ()
    size = ("--size", case.size) if case.size else ()
    switched = incident(demo, case.kind, "--for", f"{SECONDS}s", *place, *size)
    assert switched.returncode == 0, switched.stderr


def without_value(demo: Demo, group: Sequence[Case]) -> list[str]:
    return [case.kind for case in group if demo.query(case.expression) == []]


@pytest.mark.parametrize("kinds", GROUPS, ids="+".join)
def test_faults_show_in_prometheus_and_are_gone_after_their_end(demo: Demo, kinds: tuple[str, ...]) -> None:
    group = [case for case in cases(demo) if case.kind in kinds]
    wait_until(lambda: len(without_value(demo, group)) == len(group), 60)  # requests of earlier faults may still wait

    for case in group:
        switch_on(demo, case)
    try:
        wait_until(lambda: without_value(demo, group) == [], SECONDS)
    finally:
        for case in group:
            incident(demo, case.kind, "--off")
    wait_until(lambda: len(without_value(demo, group)) == len(group), 90)


def test_a_bad_deploy_and_its_end_are_marked_on_the_charts(demo: Demo) -> None:
    second = demo.ports.target("gateway2")
    incident(demo, "bad-deploy", "--for", "3s")
    time.sleep(6)

    marks = requests.get(f"{demo.ports.url('app')}/api/marks?from=now-30s", timeout=5).json()["marks"]

    titles = [mark["title"] for mark in sorted(marks, key=lambda mark: mark["instant"])]
    assert titles[-2:] == [f"gateway 2.4.1 on {second}", f"gateway 2.4.0 on {second}"]


def test_an_instance_that_is_killed_gives_the_filled_disk_back(demo: Demo) -> None:
    case = next(case for case in cases(demo) if case.kind == "disk-filling")
    switch_on(demo, case)
    wait_until(lambda: demo.query(case.expression) != [], SECONDS)

    demo.kill("gateway2")  # the instance that was added last fills the disk

    wait_until(lambda: demo.query(case.expression) == [], 60)
