"""Bounds of buckets in the contract's unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from queries.metrics.frame import Frame, Labels

_NAME: Final = re.compile(r'"(?:\\.|[^"\\])*"|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)')


def with_canonical_bounds(frame: Frame, expr: str, factors: Mapping[str, float]) -> Frame:
    """The frame of `expr` with `le` in the contract's unit.

    `factors` are by the deployed names of buckets; the first of these names in the expression counts.
    """
    if not factors or not any("le" in labels for labels in frame.labels):
        return frame
    names = (match["name"] for match in _NAME.finditer(expr) if match["name"])
    factor = next((factors[name] for name in names if name in factors), 1.0)
    return frame if factor == 1 else replace(frame, labels=tuple(_converted(row, factor) for row in frame.labels))


def _converted(labels: Labels, factor: float) -> Labels:
    bound = labels.get("le", "")
    if not bound or bound.lstrip("+-") == "Inf":
        return labels
    return {**labels, "le": f"{float(bound) * factor:g}"}
