"""One run of the demo: everything is started in order, watched, and stopped again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from demo import configs, history, supervisor
from demo.paths import IS_CHECKOUT
from demo.ports import Ports
from demo.services import Service, check_programs, program, prometheus, services

# After a longer pause the history is written anew rather than shown with a hole.
REUSE_SECONDS = 1_800
STOP = "make demo-stop" if IS_CHECKOUT else "codeagent-dashboards demo stop"


@dataclass(frozen=True)
class Plan:
    """What a demo runs with one gateway: its services, Prometheus' jobs, and whether a day of history is simulated.

    The alert rules are those of the `profile`.
    """

    services: Callable[[Ports, Path, float], list[Service]]
    jobs: Mapping[str, tuple[str, ...]]
    has_history: bool
    profile: str = "codeagent"


SAMPLE = Plan(services, configs.JOBS, has_history=True)


class Demo:
    """One run of the demo: its processes and what it says about them."""

    def __init__(
        self, ports: Ports, data: Path, rate: float, plan: Plan = SAMPLE, scrape_s: int = configs.SCRAPE_SECONDS
    ) -> None:
        self.ports = ports
        self.data = data
        self.rate = rate
        self.plan = plan
        self.scrape_s = scrape_s
        self.begun = time.monotonic()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.started: list[supervisor.Running] = []
        self.ended = threading.Event()

    def run(self) -> int:
        """Start everything, wait for Ctrl-C, stop everything."""
        check_programs()
        self.data.mkdir(parents=True, exist_ok=True)
        planned = self.plan.services(self.ports, self.data, self.rate)
        metrics = prometheus(self.ports, self.data)
        busy = self._busy([*planned, metrics])
        if busy:
            sys.stderr.write(f"demo: {busy}\n")
            return 1
        configs.write(self.data, self.ports, self.plan.jobs, self.plan.profile, self.scrape_s)
        end_by_signals(self.ended)
        try:
            return self._run(planned, metrics)
        finally:
            self._stop()

    def _run(self, planned: list[Service], metrics: Service) -> int:
        with ThreadPoolExecutor(2) as pool:
            history = pool.submit(self._history)
            problem = self._start_all(planned)
            lost = history.exception()
        if lost and not self.ended.is_set():
            problem = f"The history could not be written: {lost}"
        problem = problem or self._start(metrics)
        if problem:
            sys.stderr.write(f"demo: {problem}\n")
            return 1
        if self.ended.is_set():
            return 0
        self._say(f"Ready: {self.ports.url('app')}")
        self._note(
            f"Prometheus {self.ports.url('prometheus')}, Alertmanager {self.ports.url('alertmanager')}, "
            f"gateway {self.ports.url('gateway')}."
        )
        self._note(f"Data and logs of the processes: {self.data}")
        self._note(
            f"Incidents: {self._incident()}. Stop with Ctrl-C." if self.plan.has_history else "Stop with Ctrl-C."
        )
        self._watch()
        return 0

    def _incident(self) -> str:
        if IS_CHECKOUT:
            return "make incident KIND=errors; KIND=list shows all kinds"
        return f"{sys.executable} -m gateway incident errors --for 5m --url {self.ports.url('gateway')}"

    def _busy(self, planned: list[Service]) -> str:
        for service in planned:
            if service.port and not supervisor.free(service.port):
                variable = next(n for n in vars(self.ports) if getattr(self.ports, n) == service.port).upper()
                return (
                    f"Port {service.port} is in use, {service.name} needs it. End a demo left behind with "
                    f"`{STOP}`, or choose another port with DEMO_PORT_{variable}=…"
                )
        return ""

    def _history(self) -> None:
        """A day of history, unless the gateway has none or a demo ran here a moment ago."""
        if not self.plan.has_history:
            return
        folder, alive = self.data / "prometheus", self.data / "alive"
        if folder.exists() and alive.exists() and time.time() - alive.stat().st_mtime < REUSE_SECONDS:
            self._say("History of the last run is kept")
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        now, promtool = int(time.time()), program("promtool")
        try:
            samples = history.backfill(folder, now, self.ports, promtool, self.ended.is_set)
        except BaseException:
            shutil.rmtree(folder)  # half a history would be taken for a whole one
            raise
        self._say(f"A day of history is written: {samples / 1e6:.1f} million samples")

    def _start_all(self, planned: list[Service]) -> str:
        """Start one after the other; ends with the first that does not run, and says why."""
        for service in planned:
            problem = self._start(service)
            if problem:
                self.ended.set()
                return problem
        return ""

    def _start(self, service: Service) -> str:
        if self.ended.is_set():
            return ""
        process = supervisor.start(service, self.data)
        self.processes[service.name] = process
        self.started.append(supervisor.running(service.name, process))
        supervisor.remember(self.data / "running.json", self.started)
        problem = supervisor.wait_ready(service, process, self.data, self.ended)
        if not problem and not self.ended.is_set():
            self._say(f"{service.name} runs" + (f" on port {service.port}" if service.port else ""))
        return problem

    def _watch(self) -> None:
        """Until Ctrl-C: note that the demo lives, and say when a process ends by itself."""
        gone: set[str] = set()
        while not self.ended.wait(2):
            (self.data / "alive").touch()
            for name, process in self.processes.items():
                if process.poll() is not None and name not in gone:
                    gone.add(name)
                    self._say(f"{name} ended: {supervisor.last_line(name, self.data)}")
            if len(gone) == len(self.processes):  # as `stop` in another terminal leaves it
                return

    def _stop(self) -> None:
        self._say("Stopping")
        supervisor.stop(self.started)
        supervisor.forget(self.data / "running.json", self.started)

    def _say(self, text: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - self.begun:5.1f} s] {text}\n")
        sys.stdout.flush()

    def _note(self, text: str) -> None:
        sys.stdout.write(f"          {text}\n")
        sys.stdout.flush()


def end_by_signals(ended: threading.Event) -> None:
    """Set the event at Ctrl-C and SIGTERM, also in a background job, which inherits an ignored SIGINT.

    An ignored SIGHUP stays ignored, as nohup wants it.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: ended.set())
