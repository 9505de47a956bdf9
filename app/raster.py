"""Pictures as PNG and PDF, in a process of its own: both libraries hold the interpreter's lock, and read foreign names.

The process draws with the fonts of assets/vendor/fonts, so that a picture looks alike on every machine. Characters that
they lack, such as Chinese, are drawn with fonts of the system.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from queries.core.errors import Busy, SourceUnavailable

SCRIPT: Final = Path(__file__).with_name("raster_process.py")
AT_ONCE: Final = 2
SYSTEM_FONTS: Final = Path("/usr/share/fonts")
_NAME: Final = "picture"


@dataclass(frozen=True)
class Raster:
    """At most two pictures are drawn at once. Raises Busy for a request that waits longer than `patience_seconds`.

    `fonts` is a folder with fonts of the system, which may be absent.
    """

    fonts: Path = SYSTEM_FONTS
    patience_seconds: float = 5.0
    timeout_seconds: float = 15.0
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def png(self, svg: str, scale: float) -> bytes:
        """An SVG as PNG, `scale` pixels of it for each of the SVG's. Raises Busy and SourceUnavailable."""
        return self._run({"form": "png", "scale": scale, "pages": [svg]})

    def pdf(self, pages: Sequence[str]) -> bytes:
        """SVGs as a PDF with vectors and text, one page each. Raises Busy and SourceUnavailable."""
        return self._run({"form": "pdf", "scale": 1, "pages": list(pages)})

    def _run(self, job: dict[str, object]) -> bytes:
        if not self._turns.acquire(timeout=self.patience_seconds):
            raise Busy(_NAME, "Too many pictures are being made. Try again in a moment.", self.patience_seconds)
        try:
            return subprocess.run(
                [sys.executable, "-I", str(SCRIPT)],
                input=orjson.dumps(job | {"fonts": str(self.fonts)}),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self.timeout_seconds,
                check=True,
            ).stdout
        except (subprocess.SubprocessError, OSError):
            raise SourceUnavailable(
                _NAME, "The picture could not be made. Ask for .svg, or for a smaller one."
            ) from None
        finally:
            self._turns.release()
