"""Panels of Provider Monitoring about model servers: their queues, caches, preemptions and what tokens cost there."""

from __future__ import annotations

from pages import thresholds
from pages.expressions import peak, quantile, selector, total_rate
from panels import engine_cost
from panels.spec import Lines, Panel, Query, Unit


def _engine(metric: str, how: str = "sum") -> str:
    return f"{how} by (model) ({selector('codeagent_engine_' + metric)})"


_ENGINE_TOKENS = total_rate("codeagent_engine_tokens_total", ("model",))
ENGINES = (
    Panel(
        id="engine-queue",
        title="Requests on model servers",
        unit=Unit.COUNT,
        view=Lines(),
        queries=(
            Query(peak(_engine("running")), "{{model}} running"),
            Query(peak(_engine("waiting")), "{{model}} waiting"),
        ),
        description="Requests in execution and requests waiting, by model, over all its servers; each step's largest.",
        empty_message="No model server reports its requests.",
        span=4,
        optional=True,
    ),
    Panel(
        id="engine-queue-time",
        title="Waiting for execution p95",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(quantile(0.95, "codeagent_engine_queue_time", ("model",)), "{{model}}"),),
        description="p95 of the time that requests wait on a model server, on its clock.",
        empty_message="No request was executed in this range.",
        span=4,
        optional=True,
    ),
    Panel(
        id="engine-kv-cache",
        title="KV cache in use",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.USAGE, ceiling=100),
        queries=(Query(peak(f"100 * {_engine('kv_cache_usage', 'max')}"), "{{model}}"),),
        description="KV cache in use on the fullest server of a model. Near 100 %, requests wait or are preempted.",
        empty_message="No model server reports its KV cache.",
        span=4,
        optional=True,
    ),
    Panel(
        id="engine-prefix",
        title="Prefix cache hits",
        unit=Unit.PERCENT,
        view=Lines(ceiling=100),
        queries=(
            Query(
                f"100 * {total_rate('codeagent_engine_prefix_hits_total', ('model',))} "
                f"/ {total_rate('codeagent_engine_prefix_queries_total', ('model',))}",
                "{{model}}",
            ),
        ),
        description="Share of the prompt tokens that were in the model server's KV cache already.",
        empty_message="No prompt was looked up in this range.",
        span=4,
        optional=True,
    ),
    Panel(
        id="engine-preemptions",
        title="Preemptions",
        unit=Unit.PER_MINUTE,
        view=Lines(),
        queries=(Query(f"60 * {total_rate('codeagent_engine_preemptions_total', ('model',))}", "{{model}}"),),
        description="Requests per minute that lost their place in execution because the KV cache was full.",
        empty_message="No request was preempted in this range.",
        span=4,
        optional=True,
    ),
    Panel(
        id="engine-cost",
        title="Cost per million tokens",
        unit=Unit.DOLLARS,
        view=Lines(),
        queries=(Query(_ENGINE_TOKENS, "{{model}}"), Query(_engine("running", "count"))),
        description=(
            "US dollars per million tokens, prompt and completion together: servers of a model × their GPUs × the "
            "price of a GPU hour, divided by the tokens that they process. Idle servers make tokens dearer."
        ),
        empty_message="No model server processed a token in this range.",
        span=4,
        derive=engine_cost.per_million,
        optional=True,
    ),
)
