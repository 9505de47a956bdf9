"""The contract's metrics as a table in Markdown, which `make docs` writes into docs/contract.md."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from telemetry.contract import GATEWAY_METRICS, METRICS, MODEL_SERVER_METRICS, Metric


def contract_table() -> str:
    """One row for each metric: its name, type and unit, labels, and what it is."""
    parts = (
        ("Of every gateway", METRICS),
        ("Of an LLM gateway", GATEWAY_METRICS),
        ("Of model servers", MODEL_SERVER_METRICS),
    )
    return "\n".join(f"### {title}\n\n{_table(metrics)}" for title, metrics in parts)


def _table(metrics: Iterable[Metric]) -> str:
    rows = "".join(_row(metric) for metric in metrics)
    return f"| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n{rows}"


def _row(metric: Metric) -> str:
    unit = "" if metric.unit == "1" else f", {metric.unit}"
    labels = [*(f"`{label}`" for label in metric.labels), *(f"(`{label}`)" for label in metric.dimensions)]
    return f"| `{metric.name}` | {metric.kind.value}{unit} | {' '.join(labels)} | {metric.help} |\n"


if __name__ == "__main__":
    sys.stdout.write(contract_table())
