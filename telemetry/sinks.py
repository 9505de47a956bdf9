"""Log sinks without a network: compact JSON (CLEF) to the console and to rolling daily files."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from telemetry.batch import Batcher
from telemetry.events import Event
from telemetry.files import Rolling, append
from telemetry.lenient_json import dumps


def clef(event: Event) -> bytes:
    """One event in Serilog's compact JSON, without the line's end."""
    fields: dict[str, Any] = {"@t": event.time.isoformat().replace("+00:00", "Z"), "@mt": event.template}
    if event.rendered:
        fields["@m"] = event.message
    fields["@l"] = event.level
    if event.failure:
        fields["@x"] = event.failure.stack
    for key, value in event.properties.items():
        fields[f"@{key}" if key.startswith("@") else key] = value
    return dumps(fields)


class ConsoleSink:
    """One line of compact JSON an event, for containers whose console is collected."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def write(self, event: Event) -> None:
        """Print at once."""
        print(clef(event).decode(), file=self._stream, flush=True)

    def flush(self) -> None:
        """Bring out what the stream holds."""
        self._stream.flush()

    def close(self) -> None:
        """Flush; the stream is not ours to close."""
        self._stream.flush()


class FileSink:
    """Rolling daily files, written behind the caller's back twice a second."""

    def __init__(self, rolling: Rolling) -> None:
        self._rolling = rolling
        self.batch: Batcher[bytes] = Batcher(self._append, 500, 0.5, 20_000, "log-files")

    def write(self, event: Event) -> None:
        """Queue one line."""
        self.batch.put(clef(event))

    def flush(self) -> None:
        """Write what is queued."""
        self.batch.flush()

    def close(self) -> None:
        """Write what is queued, and end."""
        self.batch.close()

    def _append(self, lines: list[bytes]) -> None:
        append(self._rolling, b"\n".join(lines) + b"\n")
