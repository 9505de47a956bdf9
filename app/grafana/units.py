"""Units of the boards and of Grafana."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from panels.spec import Unit

GRAFANA_UNITS: Final[Mapping[Unit, str]] = {
    Unit.COUNT: "short",
    Unit.PER_SECOND: "cps",
    Unit.PER_MINUTE: "cpm",
    Unit.REQUESTS_PER_SECOND: "reqps",
    Unit.PERCENT: "percent",
    Unit.RATIO: "percentunit",
    Unit.MILLISECONDS: "ms",
    Unit.SECONDS: "s",
    Unit.BYTES: "bytes",
    Unit.BYTES_PER_SECOND: "binBps",
    Unit.DOLLARS: "currencyUSD",
    Unit.DOLLARS_PER_HOUR: "suffix: $/h",
    Unit.DAYS: "d",
    Unit.TOKENS_PER_MINUTE: "short",
    Unit.CORES: "suffix: cores",
    Unit.BITS: "decbits",
    Unit.BITS_PER_SECOND: "bps",
    Unit.HERTZ: "hertz",
    Unit.CELSIUS: "celsius",
}
# Where Grafana's unit says less than ours.
AXIS_LABELS: Final[Mapping[Unit, str]] = {Unit.TOKENS_PER_MINUTE: "tokens per minute"}
