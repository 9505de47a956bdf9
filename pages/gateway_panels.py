"""Panels of Provider Monitoring about the gateway itself: its own time, fallbacks, budgets and tools.

Their metrics are `telemetry.contract.GATEWAY_METRICS`: a board leaves out what the gateway does not export. Series
by tenant are limited by Prometheus, so that thousands of keys stay a dozen series.
"""

from __future__ import annotations

from pages import thresholds
from pages.expressions import RANGE, quantile, selector, share, total_rate, trough
from panels.spec import Column, Drill, Lines, Over, Panel, Query, Status, Table, Timeline, Unit

CALLS = "codeagent_llm_requests_total"
LATENCY = "codeagent_llm_latency"
OVERHEAD = "codeagent_gateway_overhead"
QUEUE = "codeagent_gateway_queue_time"
FALLBACKS = "codeagent_llm_fallbacks_total"
TOOL_CALLS = "codeagent_mcp_calls_total"
MODEL = ("provider", "model")
TO_PROVIDER = Drill("/providers", "provider")


# The classes of failed calls: by status, or by the name of the error. What fits no class before is in the last one.
ERROR_CLASSES = (
    ("rate limit", "429|(?i:.*(rate.?limit|quota|throttl|too.?many).*)"),
    ("timeout", "408|504|(?i:.*(time.?out|timed.?out|deadline).*)"),
    ("authentication", "401|403|(?i:.*(auth|permission|api.?key).*)"),
    ("context length", "413|(?i:.*(context|too.?long).*)"),
    ("content filter", "(?i:.*(content.?(filter|policy)|safety|guardrail|moderation).*)"),
    ("server", "5..|(?i:.*(server|unavailable|overload|bad.?gateway).*)"),
)


def _failed_per_minute(where: str) -> str:
    return f"60 * {total_rate(CALLS, (), f'$failed({CALLS}),{where}')}"


def _error_queries() -> tuple[Query, ...]:
    """One query for each class; a class excludes those before it, so that the sum is all failed calls."""
    queries, before = [], ""
    for name, pattern in ERROR_CLASSES:
        excluded = f',status!~"{before}"' if before else ""
        queries.append(Query(_failed_per_minute(f'status=~"{pattern}"{excluded}'), name))
        before = f"{before}|{pattern}" if before else pattern
    return (*queries, Query(_failed_per_minute(f'status!~"{before}"'), "other"))


def _mean(histogram: str) -> str:
    return f"{total_rate(f'{histogram}_sum')} / {total_rate(f'{histogram}_count')}$unit({histogram})"


ERRORS = Panel(
    id="error-classes",
    title="Failed calls by class",
    unit=Unit.PER_MINUTE,
    view=Lines(stacked=True),
    queries=_error_queries(),
    description=(
        "Failed calls per minute, in classes by their status or error name. The sum is all failed calls. A gateway "
        "that reports 400 for a prompt that is too long or for a content filter has these under other."
    ),
    empty_message="No call failed in this range.",
    optional=True,
)

TIME = (
    Panel(
        id="time-parts",
        title="Gateway or provider",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(
            Query(_mean(LATENCY), "provider"),
            Query(_mean(OVERHEAD), "gateway overhead"),
            Query(_mean(QUEUE), "gateway queue"),
        ),
        description=(
            "Mean time of a call: at the provider, added by the gateway, and before the gateway began to process it. "
            "Means of different histograms: a part that some calls lack counts for those that have it."
        ),
        empty_message="No provider was called in this range.",
        span=4,
        optional=True,
    ),
    Panel(
        id="overhead",
        title="Gateway overhead p95",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(quantile(0.95, OVERHEAD, MODEL), "{{provider}} {{model}}"),),
        description="p95 of the time that the gateway adds to a call, on the gateway's clock, by model.",
        empty_message="The gateway processed no call in this range.",
        span=4,
        drill=TO_PROVIDER,
        optional=True,
    ),
    Panel(
        id="per-token",
        title="Time per output token p95",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(quantile(0.95, "codeagent_llm_time_per_output_token", MODEL), "{{provider}} {{model}}"),),
        description=(
            "p95 of the mean time between output tokens of an answer, by model. Measured by the gateway, or by the "
            "model server if there is no gateway."
        ),
        empty_message="No answer had output tokens in this range.",
        span=4,
        drill=TO_PROVIDER,
        optional=True,
    ),
)

DEPLOYMENTS = Panel(
    id="deployments",
    title="Deployments",
    unit=Unit.RATIO,
    view=Timeline(
        thresholds.DEPLOYMENT_UP,
        ((Status.GOOD, "healthy"), (Status.WARNING, "partly"), (Status.CRITICAL, "out of service")),
    ),
    queries=(
        Query(
            trough(f"min by (provider, model) ({selector('codeagent_llm_deployment_up')})"),
            "{{provider}} {{model}}",
        ),
    ),
    description="State of the deployments of each model, as the gateway sees them; the worst of each step.",
    empty_message="The gateway reports no deployment.",
    drill=TO_PROVIDER,
    optional=True,
)

ROUTING = (
    Panel(
        id="fallbacks",
        title="Fallbacks",
        unit=Unit.PER_MINUTE,
        view=Lines(stacked=True),
        queries=(
            Query(
                f"60 * {total_rate(FALLBACKS, ('model', 'fallback_model', 'result'))}",
                "{{model}} → {{fallback_model}} {{result}}",
            ),
        ),
        description="Calls per minute that the gateway sent to another model, and whether that one answered.",
        empty_message="No call was sent to another model in this range.",
        span=4,
        optional=True,
    ),
    Panel(
        id="cooldowns",
        title="Cooldowns and retries",
        unit=Unit.PER_MINUTE,
        view=Lines(),
        queries=(
            Query(f"60 * {total_rate('codeagent_llm_cooldowns_total', MODEL)}", "{{provider}} {{model}} cooldowns"),
            Query(f"60 * {total_rate('codeagent_llm_retries_total', MODEL)}", "{{provider}} {{model}} retries"),
        ),
        description="Deployments per minute taken out of rotation after failures, and calls per minute repeated.",
        empty_message="No deployment was taken out of rotation in this range.",
        span=4,
        optional=True,
    ),
)

_TOOL = ("server", "tool")
TOOLS = Panel(
    id="tools",
    title="Tools",
    unit=Unit.PER_MINUTE,
    view=Table(
        _TOOL,
        (
            Column("Calls", 0, Unit.PER_MINUTE, bar=True),
            Column("Failed", 1, Unit.PERCENT, thresholds=thresholds.ERROR_RATE),
            Column("p95", 2, Unit.MILLISECONDS),
        ),
    ),
    queries=(
        Query(f"60 * {total_rate(TOOL_CALLS, _TOOL, over=RANGE)}", over=Over.INSTANT),
        Query(share(TOOL_CALLS, 'status="error"', _TOOL, RANGE), over=Over.INSTANT),
        Query(quantile(0.95, "codeagent_mcp_call_duration", _TOOL, RANGE), over=Over.INSTANT),
    ),
    description="Calls of tools by MCP server over the range: how many per minute, how many failed, and their p95.",
    empty_message="No tool was called in this range.",
    optional=True,
)
