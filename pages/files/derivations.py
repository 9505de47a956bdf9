"""The names under which a board file uses the functions that compute a panel's frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pages import derive
from panels import cost, engine_cost, prompt_cache
from panels.prices import PriceTable
from panels.spec import Frames
from queries.core.time_range import Window

Derivation = Callable[[Frames, Window, PriceTable], Frames]

DERIVATIONS: Final[Mapping[str, Derivation]] = {
    "status-classes": derive.by_status_class,
    "distinct": derive.distinct,
    "largest-and-others": derive.largest_and_others,
    "cost-per-hour": cost.per_hour,
    "cost-today": cost.today,
    "cost-cumulative": cost.cumulative,
    "cost-month": cost.month_with_projection,
    "cost-per-model": cost.per_model,
    "prompt-cache": prompt_cache.per_model,
    "engine-cost": engine_cost.per_million,
}
