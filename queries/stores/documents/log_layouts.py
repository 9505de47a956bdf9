"""The layouts of log documents, in the order in which they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from queries.stores.documents.log_ecs import ECS
from queries.stores.documents.log_layout import LogLayout, together
from queries.stores.documents.log_otel import OTEL_LOGS
from queries.stores.documents.log_otlp import OTLP_LOGS
from queries.stores.documents.log_plain import PLAIN
from queries.stores.documents.log_serilog import SERILOG

LOG_LAYOUTS: Final[tuple[LogLayout, ...]] = (SERILOG, OTEL_LOGS, OTLP_LOGS, ECS, PLAIN)


def joined(marked: Sequence[LogLayout], there: Sequence[LogLayout]) -> LogLayout:
    """The marked layouts as one, with plain documents among them; without marks, plain documents in what is there."""
    known = [layout for layout in marked or there if layout is not PLAIN]
    return together([*known, PLAIN])
