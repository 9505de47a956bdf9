"""Types and labels of metrics as a backend knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pages.proposals import TARGET, MetricFacts, MetricType
from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.source import MetadataSource

MOST_VALUES: Final = 100  # a label with more tells nothing in a chart
NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_SERIES: Final = {MetricType.HISTOGRAM: "_count", MetricType.SUMMARY: "_count"}

LabelValues = Mapping[str, tuple[str, ...]]


def values_of(source: MetadataSource, metric: MetricFacts, window: Window, deadline: Deadline) -> LabelValues:
    """The labels of a metric's series with their values. Raises QueryError."""
    series = metric.name + _SERIES.get(metric.type, "")
    names = (label for label in source.label_names(series, window, deadline) if label != "__name__")
    return {label: source.label_values(label, series, window, deadline) for label in names if NAME.fullmatch(label)}


def useful_labels(values: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Labels with the fewest values first; none with a single value or too many.

    The labels of targets are there in any case.
    """
    order = sorted(values, key=lambda label: (len(values[label]), label))
    return tuple(label for label in order if label in TARGET or 1 < len(values[label]) <= MOST_VALUES)
