"""The layouts of log documents, in the order in which they are looked for."""

from __future__ import annotations

from typing import Final

from queries.sources.elastic.log_ecs import ECS
from queries.sources.elastic.log_layout import LogLayout
from queries.sources.elastic.log_otel import OTEL_LOGS
from queries.sources.elastic.log_serilog import SERILOG

LOG_LAYOUTS: Final[tuple[LogLayout, ...]] = (SERILOG, OTEL_LOGS, ECS)
