"""Series as OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Writer:
    """Writes series over one shared time axis; samples outside a mask are left out (the target was down)."""

    out: TextIO
    times: npt.NDArray[np.int64]

    def series(self, name: str, labels: Mapping[str, str], values: npt.NDArray[Any], present: Mask) -> None:
        """One series; whole numbers are written without a decimal point."""
        inner = ",".join(f'{key}="{_escape(value)}"' for key, value in labels.items())
        head = f"{name}{{{inner}}}"
        samples = values[present]
        numbers = samples.astype(np.int64) if np.array_equal(samples, np.floor(samples)) else np.round(samples, 6)
        lines = [
            f"{head} {number} {instant}"
            for number, instant in zip(numbers.tolist(), self.times[present].tolist(), strict=True)
        ]
        self.out.write("\n".join(lines))
        self.out.write("\n")

    def end(self) -> None:
        """Close the exposition."""
        self.out.write("# EOF\n")


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
