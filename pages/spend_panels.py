"""Panels of Provider Monitoring about dollars as the gateway counts them: who spends, who spends more, what is left.

Series by tenant are limited by Prometheus, so that thousands of keys stay a dozen series.
"""

from __future__ import annotations

from collections.abc import Callable

from pages import derive, thresholds
from pages.expressions import RANGE, selector, spending
from pages.token_queries import COUNTED, RECORDED_COST, RECORDED_SPEND
from panels.spec import Bars, Column, Over, Panel, Query, Table, Unit
from telemetry.contract import TENANT_LABELS

LARGEST = 10  # tenants with bars of their own
BUDGETS = 25  # rows of the budget table
HOURS = 6  # of spending that projections assume

_LIMIT_METRIC = "codeagent_budget_limit_usd"
_OWNER = ("scope", "provider", *TENANT_LABELS)
_BY_OWNER = ", ".join(_OWNER)


def _budget(metric: str) -> str:
    return f"max by ({_BY_OWNER}) ({selector(metric)})"


_LEFT, _LIMIT = _budget("codeagent_budget_remaining_usd"), _budget(_LIMIT_METRIC)
_RESET = _budget("codeagent_budget_reset_seconds")
_LEFT_SHARE = f"bottomk({BUDGETS}, 100 * {_LEFT} / ({_LIMIT} > 0))"
_SPENDING = spending(f"({_LIMIT} - {_LEFT})", HOURS)


def _of_scarcest(expr: str) -> str:
    return f"{expr} and on ({_BY_OWNER}) {_LEFT_SHARE}"


def _recorded_spend(label: str, over: str, where: str = "") -> str:
    """The spend over a range from the series of a recording rule: by model, or by tenant."""
    recorded = RECORDED_COST.growth if label == "model" else RECORDED_SPEND.total
    return recorded((label,), over, where)


def _spenders(label: str) -> Panel:
    """The tenants that cost the most, and the sum of all others, by the gateway's own count."""
    spent = f"increase({selector(COUNTED)}[{RANGE}])"
    recorded = _recorded_spend(label, RANGE)
    return Panel(
        id=f"spend-{label}",
        title=f"Spend by {label}",
        unit=Unit.DOLLARS,
        view=Bars(share=True),
        queries=(
            Query(
                f"topk({LARGEST}, sum by ({label}) ({spent}))",
                f"{{{{{label}}}}}",
                Over.INSTANT,
                recorded=f"topk({LARGEST}, {recorded})",
            ),
            Query(f"sum({spent})", "all others", Over.INSTANT, recorded=f"sum({recorded})"),
        ),
        description=(
            f"US dollars over the range as the gateway counts them: the {LARGEST} largest, and the sum of all others."
        ),
        empty_message="The gateway counted no cost in this range.",
        derive=derive.largest_and_others,
        optional=True,
    )


_SPENDER = (*TENANT_LABELS, "model")
_ROUNDING = "0.000001"  # dollars: less is a rounding error
# One sum over today's growth and the negative growth of the day before: tens of thousands of series are read once each.
_SPENT = f"{selector(COUNTED)}[{RANGE}]"
_RISE = (
    f'sum by ({", ".join(_SPENDER)}) (label_replace(increase({_SPENT}), "day", "this", "", "") '
    f"or -increase({_SPENT} offset 1d))"
)

# With other filters the series are few, and those of the counter have models.
_OF_MANY = ("provider", "team")

RISE = Panel(
    id="spend-rise",
    title="Rise since the day before",
    unit=Unit.DOLLARS,
    view=Table(
        _SPENDER,
        (Column("Rise", 0, Unit.DOLLARS, bar=True),),
    ),
    queries=(
        Query(
            f"topk({LARGEST}, {_RISE} > {_ROUNDING})",
            over=Over.INSTANT,
            recorded=f"topk({LARGEST}, {RECORDED_SPEND.rise(TENANT_LABELS, RANGE, _OF_MANY)} > {_ROUNDING})",
        ),
    ),
    description=(
        f"Who spends more than a day before: the {LARGEST} largest rises of US dollars over the range against the same "
        "time of the day before, by team, key, user and model, as the gateway counts them. With thousands of keys, "
        "all models of a key are one row: choose the key to see its models."
    ),
    empty_message="Nobody spent more than a day before.",
    optional=True,
)

_REST_OF_MONTH = "scalar((days_in_month() - day_of_month() + 1) * 86400 - hour() * 3600 - minute() * 60)"


def _spending(label: str) -> str:
    """Dollars per second of the last hours by team, key, user or model."""
    named = f'{label}!=""'
    return f"sum by ({label}) (increase({selector(COUNTED, named)}[{HOURS}h])) / {HOURS * 3600}"


def _recorded_spending(label: str) -> str:
    named = f'{label}!=""'
    return f"{_recorded_spend(label, f'{HOURS}h', named)} / {HOURS * 3600}"


def _without_budget(spending: Callable[[str], str], factor: str) -> str:
    """The largest spenders of each kind whose budget, if there is one, has no end."""
    return " or ".join(
        f"label_replace(topk({LARGEST}, {factor} * ({spending(label)} > {_ROUNDING} / 3600"
        f'{_unless_budgeted(label)})), "scope", "{label}", "", "")'
        for label in _SPENDER
    )


def _unless_budgeted(label: str) -> str:
    if label == "model":  # no gateway has budgets of models
        return ""
    limit = selector(_LIMIT_METRIC, f'scope="{label}"')
    return f" unless on ({label}) max by ({label}) ({limit} > 0 < Inf)"


def _unbudgeted(factor: str) -> Query:
    return Query(
        _without_budget(_spending, factor),
        over=Over.INSTANT,
        optional=(_LIMIT_METRIC,),
        recorded=_without_budget(_recorded_spending, factor),
    )


UNBUDGETED = Panel(
    id="unbudgeted",
    title="Spending without a budget",
    unit=Unit.DOLLARS,
    view=Table(
        ("scope", *_SPENDER),
        (
            Column("Spending", 0, Unit.DOLLARS_PER_HOUR, bar=True),
            Column("Until the month ends", 1, Unit.DOLLARS),
        ),
    ),
    queries=(_unbudgeted("3600"), _unbudgeted(_REST_OF_MONTH)),
    description=(
        f"The {LARGEST} largest teams, keys, users and models without a budget of their own, which have no reset to "
        f"project to: what they will spend from now until the month ends (UTC), at the spending of the last {HOURS} "
        "hours. A row counts all that its owner spends, so rows of different kinds are not a sum."
    ),
    empty_message=f"Nothing was spent without a budget in the last {HOURS} hours.",
    span=12,
    optional=True,
)

SPEND = (
    *(_spenders(label) for label in _SPENDER),
    Panel(
        id="budgets",
        title="Budgets",
        unit=Unit.PERCENT,
        view=Table(
            _OWNER,
            (
                Column("Left", 0, Unit.PERCENT, thresholds=thresholds.BUDGET_LEFT),
                Column("Left in $", 1, Unit.DOLLARS),
                Column("Budget", 2, Unit.DOLLARS),
                Column("Spending", 3, Unit.DOLLARS_PER_HOUR),
                Column("Reset in", 4, Unit.SECONDS),
                Column("Left at the reset", 5, Unit.DOLLARS, thresholds=thresholds.BUDGET_AT_RESET),
            ),
            descending=False,
        ),
        queries=(
            Query(_LEFT_SHARE, over=Over.INSTANT),
            Query(_of_scarcest(_LEFT), over=Over.INSTANT),
            Query(_of_scarcest(_LIMIT), over=Over.INSTANT),
            Query(_of_scarcest(f"3600 * {_SPENDING}"), over=Over.INSTANT),
            Query(_of_scarcest(_RESET), over=Over.INSTANT),
            Query(_of_scarcest(f"({_LEFT} - {_SPENDING} * {_RESET})"), over=Over.INSTANT),
        ),
        description=(
            f"The {BUDGETS} budgets with the smallest share left. What is left at the reset assumes the spending of "
            f"the last {HOURS} hours until then; below zero, calls will be refused before the reset."
        ),
        empty_message="The gateway reports no budget.",
        span=12,
        rows=4,
        optional=True,
    ),
    UNBUDGETED,
)
