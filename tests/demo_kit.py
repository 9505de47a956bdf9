"""A whole demo in a process of its own, on free ports and with data of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from demo.ports import Ports
from demo.services import PACKAGES, program
from tests.require import needs
from tests.servers import ROOT, free_port, listens, wait_until


@dataclass
class Demo:
    """A demo in a process of its own; without `data` in the folder that it chooses itself."""

    folder: Path
    ports: Ports
    process: subprocess.Popen[bytes] | None = None
    program: Sequence[str] = (sys.executable, "-m", "demo")
    data: str | None = "data"
    cwd: Path = ROOT
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    options: Sequence[str] = ()

    @property
    def environment(self) -> dict[str, str]:
        chosen = {f"DEMO_PORT_{name.upper()}": str(port) for name, port in dataclasses.asdict(self.ports).items()}
        return {**self.variables, **chosen}

    def start(self) -> None:
        with (self.folder / "said").open("wb") as log:
            self.process = subprocess.Popen(
                self.command(*self.options), cwd=self.cwd, env=self.environment, stdout=log, stderr=log
            )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments)
        return subprocess.run(command, cwd=self.cwd, env=self.environment, capture_output=True, text=True, check=False)

    def command(self, *arguments: str) -> list[str]:
        chosen = ["--data", str(self.folder / self.data)] if self.data else []
        return [*self.program, *arguments, *chosen]

    def output(self) -> str:
        return (self.folder / "said").read_text()

    def until_ready(self) -> None:
        assert self.process
        process = self.process
        wait_until(lambda: "Ready: " in self.output() or process.poll() is not None, 120)
        assert "Ready: " in self.output(), self.output()

    def end(self, how: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(60)

    def kill(self, name: str) -> None:
        """End one of its processes without a chance to clean up."""
        assert self.data
        rows = json.loads((self.folder / self.data / "running.json").read_text())
        os.kill(next(row["pid"] for row in rows if row["name"] == name), signal.SIGKILL)

    def listening(self) -> list[str]:
        return [name for name, port in dataclasses.asdict(self.ports).items() if listens(port)]

    def query(self, expression: str, time_s: float | None = None) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.ports.url('prometheus')}/api/v1/query",
            params={"query": expression, "time": str(time_s or time.time())},
            timeout=10,
        )
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    def number(self, expression: str, time_s: float | None = None) -> float:
        result = self.query(expression, time_s)
        return float(result[0]["value"][1]) if result else 0.0

    def incident(self, kind: str, seconds: int) -> None:
        """Let the gateway suffer for a while."""
        command = [sys.executable, "-m", "gateway", "incident", kind, "--for", f"{seconds}s"]
        subprocess.run([*command, "--url", self.ports.url("gateway")], cwd=ROOT, check=True)


@contextmanager
def started(folder: Path, **chosen: Any) -> Iterator[Demo]:
    """A demo that is ready, with these fields of `Demo`; ended after the block."""
    for name in PACKAGES:
        needs(name, program(name))
    demo = Demo(folder, Ports(**{port.name: free_port() for port in dataclasses.fields(Ports)}), **chosen)
    demo.start()
    try:
        demo.until_ready()
        yield demo
    finally:
        if demo.process and demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()
        demo.run("stop")
