"""The true cause among the hypotheses of “What changed?”, with faults on real servers: `python -m bench.cause --live`.

A demo of its own, scraped every five seconds. Each fault is on for 75 seconds; the window of 90 seconds ends with it,
and the time before is the baseline. What was recorded can be judged again: `--live --folder FOLDER`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.factory import create_app
from app.settings import Settings
from bench.cause import listed, rank
from bench.cause_scenarios import SIGNALS_OF, Place
from bench.common import finish, free_port, say, wait_ready
from demo.ports import Ports
from demo.services import prometheus
from gateway.faults import BY_NAME
from gateway.incident import switch_on
from pages.changes.load import TOLERANCE_STEPS, changed_facts
from pages.metric_reader import MetricReader
from queries.causes.hypotheses import Hypothesis, hypotheses
from queries.core.deadline import Deadline

SCRAPE_S: Final = 5
FAULT_S: Final = 75
WINDOW_S: Final = 90
REST_S: Final = 160  # until what the fault left behind is outside the next baseline
SETTLE_S: Final = 150  # from the start of the demo: rates and caches are usual, and the history is outside
READY_S: Final = 300
TRIALS: Final = "trials.json"
# Kind, place and size; without a place or size the fault's own.
FAULTS: Final = (
    ("errors", "/v1/chat/completions", "0.3"),
    ("slow", "anthropic", "5"),
    ("provider-down", "mistral", ""),
    ("pool-exhausted", "", "1"),
    ("bad-deploy", "", "0.4"),
    ("memory-leak", "", "4"),
    ("disk-filling", "", "0.06"),
    ("slow-network", "", "2000"),
    ("retry-storm", "", "4"),
    ("target-gone", "", ""),
    ("token-explosion", "support", "8"),
    ("no-cache", "", ""),
    ("rate-limited", "openai", "0.5"),
    ("provider-errors", "openai", "0.3"),
    ("spike", "", "5"),
    ("slow-database", "", "300"),
    ("slow-endpoint", "/v1/users/{user_id}", "1500"),
    ("traffic", "", "3"),
)


@dataclass(frozen=True)
class Trial:
    """A fault that was on, the value of the label that names it, and its end in epoch seconds."""

    kind: str
    value: str
    end: int

    @property
    def truth(self) -> frozenset[Place]:
        """Signals with label values that name the cause."""
        return frozenset((signal, self.value) for signal in SIGNALS_OF[self.kind])


def main(only: Sequence[str], folder: Path | None, every: int = 1) -> None:
    """Run the faults of these names, or all, and judge them; judge those of `folder` where it has some already."""
    if folder is not None and (folder / TRIALS).exists():
        with _prometheus(folder) as url:
            report([Trial(**row) for row in json.loads((folder / TRIALS).read_text())], url)
        return
    with tempfile.TemporaryDirectory(prefix="cause-") as name:
        data = folder or Path(name)
        data.mkdir(parents=True, exist_ok=True)
        faults = [fault for fault in FAULTS if not only or fault[0] in only][::every]
        with _demo(data) as ports:
            trials = []
            for kind, place, size in faults:
                trials.append(_trial(ports, kind, place, size))
                (data / TRIALS).write_text(json.dumps([dataclasses.asdict(trial) for trial in trials]))
                say(f"{kind} was on until {trials[-1].end}")
            report(trials, ports.url("prometheus"))


def report(trials: Sequence[Trial], url: str) -> None:
    """Print the misses, and the shares as JSON."""
    ranks: Counter[int] = Counter()
    with _reader(url) as reader:
        for trial in trials:
            ranked = judge(reader, trial)
            place = rank(ranked, trial.truth)
            ranks[place] += 1
            say(f"rank {place}: {trial.kind} {trial.value}")
            if place != 1:
                say("\n".join(listed(ranked)))
    total = len(trials)
    finish(live=total, top1=ranks[1] / total, top3=(ranks[1] + ranks[2] + ranks[3]) / total)


def judge(reader: MetricReader, trial: Trial) -> tuple[Hypothesis, ...]:
    """The hypotheses about a trial, as the page ranks them."""
    now = reader.window(trial.end - WINDOW_S, trial.end)
    before = now.shift(now.end - now.start)
    until = time.monotonic() + 30
    while True:
        facts, late, _ = changed_facts(reader, (before, now), Deadline.after(5))
        if (facts and not late) or time.monotonic() > until:
            return hypotheses(facts, TOLERANCE_STEPS * now.step)
        time.sleep(0.5)


def _trial(ports: Ports, kind: str, place: str, size: str) -> Trial:
    time.sleep(REST_S)
    fault = BY_NAME[kind]
    chosen = {key: value for key, value in ((fault.place, place), (fault.size, size)) if key and value}
    switch_on(ports.url("gateway"), fault, FAULT_S, chosen)
    time.sleep(FAULT_S)
    value = place or {
        "bad-deploy": ports.target("gateway2"),
        "target-gone": ports.target("gateway2"),
        "memory-leak": "gateway",
        "disk-filling": "/",
    }.get(kind, "")
    return Trial(kind, value, int(time.time()))


@contextmanager
def _demo(folder: Path) -> Iterator[Ports]:
    ports = Ports(**{field.name: free_port() for field in dataclasses.fields(Ports)})
    variables = {f"DEMO_PORT_{name.upper()}": str(port) for name, port in dataclasses.asdict(ports).items()}
    command = [sys.executable, "-m", "demo", "--data", str(folder), "--scrape", str(SCRAPE_S)]
    process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
    try:
        wait_ready(ports.url("prometheus") + "/-/ready", READY_S)
        time.sleep(SETTLE_S)
        yield ports
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _prometheus(folder: Path) -> Iterator[str]:
    """Prometheus over the data of an earlier run."""
    ports = Ports(prometheus=free_port())
    process = subprocess.Popen(prometheus(ports, folder).command, stderr=subprocess.DEVNULL)
    try:
        wait_ready(ports.url("prometheus") + "/-/ready")
        yield ports.url("prometheus")
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _reader(url: str) -> Iterator[MetricReader]:
    app = create_app(Settings(prometheus_url=url))
    try:
        assert app.stores.metrics is not None
        yield app.stores.metrics
    finally:
        app.engine.close()
