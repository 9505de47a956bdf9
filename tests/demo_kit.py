"""A whole demo in a process of its own, on free ports and with data of its own."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from demo.ports import Ports
from demo.services import PACKAGES, program
from tests.require import needs
from tests.servers import ROOT, free_port, listens, wait_until


@dataclass
class Demo:
    """A demo in a process of its own."""

    folder: Path
    ports: Ports
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        chosen = {f"DEMO_PORT_{name.upper()}": str(port) for name, port in dataclasses.asdict(self.ports).items()}
        return {**os.environ, **chosen}

    def start(self) -> None:
        with (self.folder / "said").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "demo", "--data", str(self.folder / "data")],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "demo", *arguments, "--data", str(self.folder / "data")]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def until_ready(self) -> None:
        assert self.process
        process = self.process
        wait_until(lambda: "Ready: " in self.said() or process.poll() is not None, 120)
        assert "Ready: " in self.said(), self.said()

    def end(self, how: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(60)

    def listening(self) -> list[str]:
        return [name for name, port in dataclasses.asdict(self.ports).items() if listens(port)]

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.ports.url('prometheus')}/api/v1/query",
            params={"query": expression, "time": str(at or time.time())},
            timeout=10,
        )
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def number(self, expression: str, at: float | None = None) -> float:
        found = self.query(expression, at)
        return float(found[0]["value"][1]) if found else 0.0

    def incident(self, kind: str, seconds: int) -> None:
        """Let the gateway suffer for a while."""
        command = [sys.executable, "-m", "gateway", "incident", kind, "--for", f"{seconds}s"]
        subprocess.run([*command, "--url", self.ports.url("gateway")], cwd=ROOT, check=True)


@contextmanager
def started(folder: Path) -> Iterator[Demo]:
    """A demo that is ready; ended after the block."""
    for name in PACKAGES:
        needs(name, program(name))
    made = Demo(folder, Ports(**{field.name: free_port() for field in dataclasses.fields(Ports)}))
    made.start()
    try:
        made.until_ready()
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.process.kill()
            made.process.wait()
        made.run("stop")
