"""What telemetry costs the sample gateway: the same requests to gateways that differ in nothing but its switches.

Latencies that the sample simulates are drawn at their medians, requests reach the variants in turns, and every answer
has to be a success. The last line holds `p50_ratio`, all on against off; the budget is 1.05.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.common import arguments, cpu_seconds, finish, free_port, say, wait_ready
from gateway.database import api_key, user_id

BUDGET = 1.05
_OFF = {"TELEMETRY_TRACES": "false", "TELEMETRY_METRICS": "false", "TELEMETRY_LOGS": "false"}


def _traces(share: str) -> dict[str, str]:
    return {**_OFF, "TELEMETRY_TRACES": "true", "OTEL_TRACES_SAMPLER_ARG": share}


VARIANTS: Mapping[str, Mapping[str, str]] = {
    "off": _OFF,
    "metrics": {**_OFF, "TELEMETRY_METRICS": "true"},
    "logs": {**_OFF, "TELEMETRY_LOGS": "true"},
    "traces 1 %": _traces("0.01"),
    "traces 10 %": _traces("0.1"),
    "traces 100 %": _traces("1.0"),
    "all on": {"OTEL_TRACES_SAMPLER_ARG": "1.0"},
}
_HEADERS = {"authorization": f"Bearer {api_key(user_id(7))}"}
# One turn: about the catalogue's shares, spread evenly over its second.
TURN_SECONDS = 1.0
TURN = ("chat",) * 8 + ("embed",) * 4 + ("user",) * 5 + ("models",) * 4 + ("run",) + ("upload",)


@dataclass
class Variant:
    """A gateway and what was measured of it; latencies in milliseconds by kind of request."""

    name: str
    pid: int
    client: httpx.AsyncClient
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: int = 0
    cpu: float = 0.0

    def p50(self, kind: str) -> float:
        """The median of one kind."""
        return statistics.median(self.latencies[kind])

    def quantile(self, share: float) -> float:
        """Of all requests together."""
        ordered = sorted(value for values in self.latencies.values() for value in values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def mean_p50(self) -> float:
        """Medians of the kinds, weighted as in a turn: the usual request, without the noise of the mix."""
        return statistics.fmean(self.p50(kind) for kind in TURN)

    def cpu_ms(self) -> float:
        """Milliseconds of processor time a request."""
        return self.cpu / self.requests * 1000

    def memory_mib(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def request(variant: Variant, kind: str) -> None:
    """One request; raises httpx.HTTPStatusError when it failed."""
    text = f"{uuid.uuid4()} Why is this request slower than the one before? " * 20
    begun = time.perf_counter()
    match kind:
        case "chat":
            body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
            answer = await variant.client.post("/v1/chat/completions", json=body)
        case "embed":
            answer = await variant.client.post("/v1/embeddings", json={"input": text})
        case "run":
            answer = await variant.client.post("/v1/workflows/summarise/runs", json={"input": text})
        case "upload":
            answer = await variant.client.post("/v1/files", content=bytes(50_000))
        case "user":
            answer = await variant.client.get(f"/v1/users/{user_id(7)}")
        case _:
            answer = await variant.client.get("/v1/models")
    answer.raise_for_status()
    variant.latencies[kind].append((time.perf_counter() - begun) * 1000)
    variant.requests += 1


async def turn(variant: Variant) -> list[asyncio.Task[None]]:
    """The requests of one turn, evenly spread, to one variant; the slow ones are still going when it ends."""
    tasks = []
    for index in range(len(TURN)):
        # A stride that is no divisor mixes the kinds the same way each time.
        tasks.append(asyncio.create_task(request(variant, TURN[index * 7 % len(TURN)])))
        await asyncio.sleep(TURN_SECONDS / len(TURN))
    return tasks


async def measure(variants: list[Variant], rounds: int) -> None:
    """Turns of all variants, in an order that rotates; a first round warms up and is forgotten."""
    for number in range(rounds + 1):
        shift = number % len(variants)
        tasks = [task for variant in variants[shift:] + variants[:shift] for task in await turn(variant)]
        await asyncio.gather(*tasks)
        if number == 0:
            for variant in variants:
                variant.latencies.clear()
                variant.requests, variant.cpu = 0, -cpu_seconds(variant.pid)
    for variant in variants:
        variant.cpu += cpu_seconds(variant.pid)
        await variant.client.aclose()


@contextmanager
def started(folder: Path) -> Iterator[list[Variant]]:
    """Redis, providers and a gateway for each variant, ended afterwards."""
    with ExitStack() as stack:
        redis_port, providers_port = free_port(), free_port()
        redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        stack.enter_context(_process(redis, {}))
        stack.enter_context(_process(_module("providers", providers_port), _OFF))
        wait_ready(f"http://127.0.0.1:{providers_port}/health")
        processes = []
        for number, (name, switches) in enumerate(VARIANTS.items()):
            port = free_port()
            command = _module(
                "gateway",
                name,
                port,
                f"http://127.0.0.1:{providers_port}",
                f"redis://127.0.0.1:{redis_port}/{number}",
                folder / str(number),
            )
            process = stack.enter_context(_process(command, switches))
            url = f"http://127.0.0.1:{port}"
            wait_ready(f"{url}/health")
            processes.append(Variant(name, process.pid, httpx.AsyncClient(base_url=url, headers=_HEADERS, timeout=30)))
        yield processes


def _module(*parts: object) -> list[str]:
    return [sys.executable, "-m", "bench.overhead_servers", *map(str, parts)]


@contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def report(variants: list[Variant]) -> None:
    """A table for people, then the numbers."""
    base, full = variants[0], variants[-1]
    say(f"{'':13}{'p50':>9}{'ratio':>8}{'p99':>9}{'ratio':>8}{'CPU/request':>13}{'memory':>10}")
    for variant in variants:
        say(
            f"{variant.name:13}{variant.mean_p50():7.1f}ms{variant.mean_p50() / base.mean_p50():8.3f}"
            f"{variant.quantile(0.99):7.0f}ms{variant.quantile(0.99) / base.quantile(0.99):8.3f}"
            f"{variant.cpu_ms():11.2f}ms{variant.memory_mib():7.0f}MiB"
        )
    say("added p50 with all on, by kind of request:")
    for kind in dict.fromkeys(TURN):
        added = full.p50(kind) - base.p50(kind)
        say(f"  {kind:8}{base.p50(kind):8.1f} ms {added:+6.2f} ms  {full.p50(kind) / base.p50(kind):.3f}")
    finish(
        p50_ratio=full.mean_p50() / base.mean_p50(),
        p99_ratio=full.quantile(0.99) / base.quantile(0.99),
        chat_p50_ratio=full.p50("chat") / base.p50("chat"),
        fastest_p50_ratio=full.p50("models") / base.p50("models"),
        cpu_ms_off=base.cpu_ms(),
        cpu_ms_all_on=full.cpu_ms(),
        memory_mib_off=base.memory_mib(),
        memory_mib_all_on=full.memory_mib(),
        requests=full.requests,
        budget=BUDGET,
    )


def main() -> None:
    """Start everything, measure, report."""
    rounds = 3 if arguments(__doc__).quick else 20
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, started(Path(folder)) as variants:
        asyncio.run(measure(variants, rounds))
        report(variants)


if __name__ == "__main__":
    main()
