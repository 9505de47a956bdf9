"""The end of a process: everything that is held goes out side by side, in a time that an operator can count on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

# Long enough for a call to an absent Elasticsearch to time out and for its events to reach the disk; well below the
# 30 s that Kubernetes and systemd leave between asking a process to end and ending it.
SECONDS: Final = 8.0


def side_by_side(calls: Sequence[Callable[[], object]], seconds: float = SECONDS) -> bool:
    """Run all, each in a thread of its own; whether all ended in time. What takes longer ends with the process."""
    threads = [threading.Thread(target=call, name="telemetry-closing", daemon=True) for call in calls]
    until = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
