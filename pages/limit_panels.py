"""Panels about rate limits of providers: what is left of each limit, the scarcest first, and for how long."""

from __future__ import annotations

from typing import Final

from pages import thresholds
from pages.expressions import limit_left, selector
from panels.spec import Column, Drill, Over, Panel, Query, Table, Unit

REQUESTS_LEFT: Final = "codeagent_llm_rate_limit_remaining"
REQUESTS_ALLOWED: Final = "codeagent_llm_rate_limit_limit"
TOKENS_LEFT: Final = "codeagent_llm_tokens_remaining"
TOKENS_ALLOWED: Final = "codeagent_llm_tokens_limit"
LIMIT: Final = ("provider", "model", "window")  # what tells one limit of a provider from another
ROWS: Final = 8

_COLUMNS: Final = (
    Column("Left", 0, Unit.PERCENT, bar=True, thresholds=thresholds.RATE_LIMIT_LEFT),
    Column("Used up in", 1, Unit.SECONDS, thresholds=thresholds.SECONDS_UNTIL_EXHAUSTED),
    Column("Left over time", 2, Unit.PERCENT, spark=True, ceiling=100),
)
_HOW: Final = (
    "Where no limit is reported, it is the share of the largest number that was left within a day. Used up in: at the "
    "rate of the last 15 minutes, where that is less than an hour. Over time each step has its smallest value, from "
    "0 to 100 %."
)


def _seconds_until_exhausted(remaining: str) -> str:
    """How long the rest lasts at the rate at which it shrinks; no value while it does not shrink."""
    left = selector(remaining)
    return f"min by ({', '.join(LIMIT)}) ({left} / (-deriv({left}[15m]) > 0)) < 3600"


def _queries(remaining: str, allowed: str, now: str) -> tuple[Query, ...]:
    return (
        Query(limit_left(remaining, allowed, LIMIT, now=now), over=Over.INSTANT, optional=(allowed,)),
        Query(_seconds_until_exhausted(remaining), over=Over.INSTANT),
        Query(limit_left(remaining, allowed, LIMIT, now=now, over_step=True), optional=(allowed,)),
    )


LEFT: Final = (
    Panel(
        id="limit-left",
        title="Rate limits",
        unit=Unit.PERCENT,
        view=Table(LIMIT, _COLUMNS, descending=False, top=ROWS),
        queries=_queries(REQUESTS_LEFT, REQUESTS_ALLOWED, "max"),
        description=(
            "Remaining share of each request limit (of a provider, a model, a minute or a day), from the provider's "
            f"response headers; the scarcest first. At 0 %, calls are rejected with 429. {_HOW}"
        ),
        empty_message="No provider reports a rate limit.",
        drill=Drill("/providers", "provider"),
    ),
    Panel(
        id="tokens-left",
        title="Token limits",
        unit=Unit.PERCENT,
        view=Table(LIMIT, _COLUMNS, descending=False, top=ROWS),
        queries=_queries(TOKENS_LEFT, TOKENS_ALLOWED, "min"),
        description=f"Remaining share of the tokens that each rate limit allows; the scarcest first. {_HOW}",
        empty_message="No provider reports the tokens that are left.",
        drill=Drill("/providers", "provider"),
        optional=True,
    ),
)
