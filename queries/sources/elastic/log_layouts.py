"""The layouts of log documents, in the order in which they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from queries.sources.elastic.log_ecs import ECS
from queries.sources.elastic.log_layout import LogLayout, together
from queries.sources.elastic.log_otel import OTEL_LOGS
from queries.sources.elastic.log_otlp import OTLP_LOGS
from queries.sources.elastic.log_plain import PLAIN
from queries.sources.elastic.log_serilog import SERILOG

LOG_LAYOUTS: Final[tuple[LogLayout, ...]] = (SERILOG, OTEL_LOGS, OTLP_LOGS, ECS, PLAIN)


def joined(marked: Sequence[LogLayout], there: Sequence[LogLayout]) -> LogLayout:
    """The marked layouts as one, with plain documents among them; without marks, plain documents in what is there."""
    known = [one for one in marked or there if one is not PLAIN]
    return together([*known, PLAIN])
