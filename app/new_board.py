"""`codeagent-dashboards new --metric PREFIX`: a board file for metrics, by their types, units and labels."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from app.metric_facts import NAME, useful_labels, values_of
from app.settings import Settings
from app.sources import engine_of
from pages.files.board import write as toml_of
from pages.proposals import MOST_METRICS, MetricFacts, board, facts
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.prometheus.source import PrometheusSource
from queries.metrics.promql import literal
from queries.metrics.source import MetadataSource

Write = Callable[[str], object]
SECONDS: Final = 60.0
_LOOK_BACK: Final = 3_600


def new_board(settings: Settings, prefix: str, output: Write, complain: Write) -> int:
    """Print a board for the metrics whose names begin with a prefix; 1 if there are none or nothing answers."""
    engine = engine_of(settings, time.time)
    try:
        metrics = _metrics(next(iter(engine.sources.values())), prefix, Deadline.after(SECONDS))
    except QueryError as error:
        complain(f"{error}\n")
        return 1
    finally:
        engine.close()
    if not metrics:
        complain(f"No metric of the last hour begins with “{prefix}”.\n")
        return 1
    if len(metrics) > MOST_METRICS:
        complain(f"{len(metrics)} metrics begin with “{prefix}”; the first {MOST_METRICS} are in the board.\n")
    name = re.sub(r"[^a-z0-9]+", "-", prefix.lower()).strip("-") or "metrics"
    output(toml_of(board(name, prefix.rstrip("_"), metrics)))
    return 0


def _metrics(source: MetadataSource, prefix: str, deadline: Deadline) -> Sequence[MetricFacts]:
    now = int(time.time())
    window = Window(now - _LOOK_BACK, now, 60)
    match = f'{{__name__=~"{literal(prefix)}.*"}}'.replace("\\", "\\\\")
    names = [name for name in source.label_values("__name__", match, window, deadline) if NAME.fullmatch(name)]
    types = source.metric_types(deadline) if isinstance(source, PrometheusSource) else {}
    metrics = facts(names, types)
    described = [
        replace(metric, labels=useful_labels(values_of(source, metric, window, deadline)))
        for metric in metrics[:MOST_METRICS]
    ]
    return (*described, *metrics[MOST_METRICS:])
