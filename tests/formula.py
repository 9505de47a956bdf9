"""A metric source that is a formula: what is asked of it is known, and a test decides when it answers."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from queries.metrics.request import Request
from queries.metrics.source import Fetched, Target


@dataclass
class Formula:
    """Answers `n` with n series whose value is the time; `wrong` is refused, `away` is unavailable."""

    now: list[float]
    name: str = "formula"
    identity: str = "formula at one address"
    windows: list[Window] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    is_away: bool = False

    def __post_init__(self) -> None:
        self.hold.set()

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        self.windows.append(request.window)
        assert self.hold.wait(deadline.remaining)
        if request.expr == "wrong":
            raise QueryRejected("refused", "parse error")
        if self.is_away or request.expr == "away":
            raise SourceUnavailable(self.name, "away")
        times = request.window.times()
        count = int(request.expr.split()[0])
        values = np.repeat(times[None, :].astype(float), count, axis=0)
        return Fetched(Frame(times, tuple({"n": f"{n:03}"} for n in range(count)), values), self.now[0])

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ()

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ()

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        return True

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        return 15

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        return ()

    def started_at(self, deadline: Deadline) -> float:
        return 0.0
