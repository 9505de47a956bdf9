"""Viewers of boards and logs while something is broken: how long they wait, what fails, what they still see."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

EVERY_SECONDS: Final = 2.0
REFUSED: Final = -1  # in place of a status: nobody listens, as while a single server is started again
BROKEN_STATES: Final = frozenset({"failed", "pending", "stale"})


@dataclass(frozen=True)
class Visit:
    """One answered or failed request: when it began (monotonic), how long it took, its status (0: no answer)."""

    begun: float
    seconds: float
    status: int
    path: str


@dataclass
class Viewers:
    """Asks each path from several viewers at a time, in a thread with an event loop, until `stop`."""

    url: str
    paths: Sequence[str]
    count: int
    visits: list[Visit] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=lambda: asyncio.run(self._run()), name="viewers", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def since(self, begun: float) -> list[Visit]:
        """Visits that began after that moment."""
        return [visit for visit in list(self.visits) if visit.begun >= begun]

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(base_url=self.url, timeout=60, limits=limits, trust_env=False) as client:
            paths = itertools.islice(itertools.cycle(self.paths), self.count)
            await asyncio.gather(*(self._viewer(client, path, number) for number, path in enumerate(paths)))

    async def _viewer(self, client: httpx.AsyncClient, path: str, number: int) -> None:
        await asyncio.sleep(EVERY_SECONDS * number / self.count)
        while not self._stopped.is_set():
            begun = time.monotonic()
            status = await _status(client, path)
            took = time.monotonic() - begun
            self.visits.append(Visit(begun, took, status, path))
            await asyncio.sleep(max(0.0, EVERY_SECONDS - took))


async def _status(client: httpx.AsyncClient, path: str) -> int:
    """The status; a connection that was closed while idle is tried once more, as browsers do."""
    for attempt in range(2):
        try:
            return (await client.get(path)).status_code
        except httpx.ConnectError:
            return REFUSED
        except httpx.HTTPError:
            if attempt:
                return 0
    return 0


@dataclass(frozen=True)
class PageCheck:
    """What one look at a page saw: is all well, and which of its panels have data; None without an answer."""

    is_well: bool
    with_data: frozenset[str] | None = None


NO_ANSWER: Final = PageCheck(False)


def look_at_board(url: str) -> PageCheck:
    """The overview's refresh: well when nothing is broken; a panel that is merely old still shows data."""
    answer = _json(f"{url}/api/boards/overview/refresh?from=now-1h&to=now&w=m")
    return NO_ANSWER if answer is None else look_of_board(answer)


def look_of_board(answer: Mapping[str, Any]) -> PageCheck:
    """Well when no panel is broken and no backend is away."""
    panels = answer.get("panels", [])
    with_data = frozenset(panel["id"] for panel in panels if panel["figure"] or panel["html"])
    broken = [panel for panel in panels if panel["state"] in BROKEN_STATES]
    return PageCheck(bool(panels) and not broken and not answer.get("outages"), with_data)


def look_at_logs(url: str, path: str) -> PageCheck:
    """The log explorer's parts."""
    answer = _json(url + path)
    return NO_ANSWER if answer is None else look_of_logs(answer)


def look_of_logs(answer: Mapping[str, Any]) -> PageCheck:
    """Well when the search and everything beside it was answered anew; lines that are merely old are data."""
    parts: Mapping[str, str] = answer.get("parts", {})
    is_old = any(mark in part for part in parts.values() for mark in (' outdated"', '"nothing failed"'))
    has_lines = "data-line=" in parts.get("list", "")
    is_well = has_lines and not is_old and "error" not in answer
    return PageCheck(is_well, frozenset({"list"} if has_lines else ()))


def resident_megabytes(pid: int) -> float:
    """Memory of a process now; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmRSS")), 0.0)


def _json(url: str) -> dict[str, Any] | None:
    """The answer; None when there is none, or when it is not JSON."""
    try:
        answer: dict[str, Any] = httpx.get(url, timeout=20, trust_env=False).json()
        return answer
    except (httpx.HTTPError, ValueError):
        return None
