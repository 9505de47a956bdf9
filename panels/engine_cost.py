"""What tokens of model servers cost at a price per GPU hour: a pure function for `Panel.derive`."""

from __future__ import annotations

from typing import Final

import numpy as np

from panels.cost import of_rows
from panels.prices import PriceTable
from panels.spec import Frames
from queries.core.time_range import Window
from queries.metrics.frame import Floats, Labels

NO_PRICE: Final = "Set CODEAGENT_GPU_HOUR_PRICE to what an hour of one GPU costs"
_MILLION: Final = 1e6
_HOUR: Final = 3_600


def per_million(frames: Frames, window: Window, prices: PriceTable) -> Frames:  # noqa: ARG001
    """From tokens per second and servers, each by model: dollars per million tokens; none where no token is processed.

    Idle servers cost as much as busy ones, so that fewer tokens are dearer.
    """
    tokens, servers = frames
    if not prices.gpu_hour:
        return (of_rows(tokens, [], notes=(NO_PRICE,)),)
    running = {labels.get("model", ""): row for labels, row in zip(servers.labels, servers.values, strict=True)}
    rows: list[tuple[Labels, Floats]] = []
    for labels, rate in zip(tokens.labels, tokens.values, strict=True):
        model = labels.get("model", "")
        number = running.get(model)
        if number is None or number.size != rate.size:
            continue
        dollars = number * prices.gpus_of(model) * prices.gpu_hour
        millions = rate * _HOUR / _MILLION
        rows.append((labels, np.divide(dollars, millions, out=np.full(rate.shape, np.nan), where=millions > 0)))
    return (of_rows(tokens, rows, notes=(prices.gpu_sentence(),)),)
