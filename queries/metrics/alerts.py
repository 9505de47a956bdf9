"""Alerts that fire, as Prometheus or Alertmanager report them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FiringAlert:
    """One alert. Times are epoch seconds: firing `since`, its text as it was `as_of`."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    since: float
    as_of: float


def epoch_seconds(text: str) -> float:
    """Epoch seconds of an RFC 3339 time with up to nine decimals (Python reads six). Raises ValueError."""
    whole, _, rest = text.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    return datetime.fromisoformat((whole + zone).replace("Z", "+00:00")).timestamp()
