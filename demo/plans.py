"""The demos by gateway."""

from __future__ import annotations

from pathlib import Path

from demo.litellm import services as litellm
from demo.ports import Ports
from demo.runner import Demo, Plan
from gateway.catalog import BASE_RATE

_LITELLM_RATE = 4.0
_LITELLM = Plan(litellm.services, litellm.JOBS, has_history=False, profile="litellm")


def demo(gateway: str, data: Path, rate: float | None, scrape_s: int) -> Demo:
    """The demo with a gateway, `sample` or `litellm`, scraped every so many seconds. ValueError for a wrong port."""
    if gateway == "litellm":
        return Demo(Ports.load(), data, rate or _LITELLM_RATE, _LITELLM, scrape_s)
    return Demo(Ports.load(), data, rate or BASE_RATE, scrape_s=scrape_s)
