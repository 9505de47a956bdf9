"""Dollars per million tokens of model servers at a price per GPU hour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from panels import engine_cost, prices
from queries.core.time_range import Window
from queries.metrics.frame import Frame

TIMES = np.array([60, 120])
WINDOW = Window(60, 120, 60)


def frames(rates: dict[str, float], servers: dict[str, float]) -> tuple[Frame, Frame]:
    first, second = (
        Frame(TIMES, tuple({"model": model} for model in rows), np.array([[value] * 2 for value in rows.values()]))
        for rows in (rates, servers)
    )
    return first, second


def test_servers_by_their_gpus_are_divided_by_the_tokens_of_an_hour(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('[gpus]\n"llama-70b" = 4\n')
    used = frames({"meta/llama-70b": 2_000, "small": 500, "idle": 0}, {"meta/llama-70b": 2, "small": 1, "idle": 1})

    (result,) = engine_cost.per_million(used, WINDOW, prices.load(table, gpu_hour=2.5))

    assert [labels["model"] for labels in result.labels] == ["meta/llama-70b", "small", "idle"]
    assert result.last() == pytest.approx([2 * 4 * 2.5 / 7.2, 2.5 / 1.8, np.nan], nan_ok=True)
    assert result.notes == ("At $2.5 per GPU hour, one GPU per server but 4 GPUs for llama-70b",)


def test_without_a_price_the_panel_says_what_to_set() -> None:
    (result,) = engine_cost.per_million(frames({"m": 1}, {"m": 1}), WINDOW, prices.load(None))

    assert result.is_empty
    assert result.notes == (engine_cost.NO_PRICE,)
