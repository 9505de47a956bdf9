"""The columnar result of a query: one shared time axis, one row of values per series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Labels = Mapping[str, str]
Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

# A NaN of our own that says "no sample here", told apart from a sample whose value is NaN by its bits alone.
# It survives copies and slices, not arithmetic; only the cache looks at it.
_ABSENT_BITS: Final = 0x7FF8_0000_0000_0ABE
ABSENT: Final = float(np.array([_ABSENT_BITS], np.uint64).view(np.float64)[0])


@dataclass(frozen=True, eq=False)
class Frame:
    """`times` (n,) epoch seconds, ascending; `values` (len(labels), n), NaN where there is no sample.

    A series that is listed but holds only NaN was answered without a number (a quantile of no observations);
    a series that does not exist is not listed. `notes` are the backend's own warnings and infos. `warnings` are those
    notes of a computation that say that its numbers lack something.
    """

    times: Times
    labels: tuple[Labels, ...]
    values: Floats
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """True when there is no series at all, or no number in any."""
        return self.values.size == 0 or bool(np.isnan(self.values).all())

    @property
    def samples(self) -> int:
        """How many numbers the frame holds."""
        return int(np.count_nonzero(~np.isnan(self.values)))

    def last(self) -> Floats:
        """The newest number of each series, shape (series,); NaN for a series without any."""
        return np.array([_last_number(row) for row in self.values], dtype=np.float64)

    def at_end(self) -> Floats:
        """The value of each series at the last instant, shape (series,); NaN where absent there."""
        return self.values[:, -1] if self.times.size else np.full(len(self.labels), np.nan)

    def where(self, keep: Callable[[Labels], bool]) -> Frame:
        """Only the series whose labels satisfy `keep`."""
        rows = [row for row, labels in enumerate(self.labels) if keep(labels)]
        return replace(self, labels=tuple(self.labels[row] for row in rows), values=self.values[rows])

    def with_values(self, values: Floats) -> Frame:
        """The same series with other numbers, of the same shape."""
        return replace(self, values=values)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame for notebooks and scripts: a UTC DatetimeIndex, one column a series, named by its labels.

        A column's name is `name{a="b"}`; docs/api.md has an example.
        """
        import pandas as pd  # costs a third of a second to import; only people need it

        index = pd.to_datetime(self.times, unit="s", utc=True)
        return pd.DataFrame(self.values.T, index=index, columns=[series_name(labels) for labels in self.labels])


EMPTY = Frame(np.empty(0, np.int64), (), np.empty((0, 0)))


def present(values: Floats) -> npt.NDArray[np.bool_]:
    """Where a sample was answered, whatever its value; same shape as `values`."""
    mask: npt.NDArray[np.bool_] = values.view(np.uint64) != np.uint64(_ABSENT_BITS)
    return mask


def series_name(labels: Labels) -> str:
    """Labels in Prometheus' notation, sorted: `up{instance="a",job="b"}`."""
    inner = ",".join(f'{name}="{labels[name]}"' for name in sorted(labels) if name != "__name__")
    return f"{labels.get('__name__', '')}{{{inner}}}"


def _last_number(row: Floats) -> float:
    present = np.flatnonzero(~np.isnan(row))
    return float(row[present[-1]]) if present.size else float("nan")
