"""Workflow runs: validated, then step by step, each step a span; what happened is written to the database."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

from gateway.catalog import TOOL_SIGMA, TOOLS
from gateway.database import RUNS, Database
from gateway.llm import Ask, Providers, pick_model
from gateway.metrics import GatewayMetrics
from gateway.tenants import key_of
from telemetry.logs import get_logger, scope
from telemetry.traces import TRACER

log = get_logger("CodeAgent.API.Workflows")


@dataclass(frozen=True)
class Step:
    """A step: `llm` calls a provider, `tool` works for about so many milliseconds."""

    name: str
    type: str
    median_ms: float = 0.0


@dataclass(frozen=True)
class Workflow:
    """A workflow by its id."""

    id: str
    name: str
    steps: tuple[Step, ...]


_FETCH, _SEARCH, _TEST = (Step(tool.name, "tool", tool.median_ms) for tool in TOOLS)
_SERVERS: Final = {tool.name: tool.server for tool in TOOLS}
_PLAN, _WRITE = Step("Plan", "llm"), Step("Write", "llm")
WORKFLOWS: Final = {
    workflow.id: workflow
    for workflow in (
        Workflow("code-review", "Review a change", (_FETCH, _SEARCH, _WRITE)),
        Workflow("fix-bug", "Fix a bug", (_SEARCH, _PLAN, _WRITE, _TEST)),
        Workflow("summarise", "Summarise a repository", (_FETCH, _SEARCH, _WRITE)),
    )
}


class InvalidWorkflow(ValueError):
    """The workflow does not exist or its input will not do."""


@dataclass
class Run:
    """One run and how far it came."""

    workflow: Workflow
    user_id: str
    id: str = field(default_factory=lambda: f"run-{uuid.uuid4().hex[:16]}")
    status: str = "running"
    steps: list[dict[str, Any]] = field(default_factory=list)
    created: float = field(default_factory=time.time)


class Runner:
    """Executes workflows. `pace` scales the tools' time."""

    def __init__(
        self, database: Database, providers: Providers, measures: GatewayMetrics, rng: random.Random, pace: float
    ) -> None:
        self._database, self._providers, self._measures = database, providers, measures
        self._rng, self._pace = rng, pace
        self._tools: dict[str, Callable[[Step, Run], Awaitable[None]]] = {"tool": self._tool, "llm": self._llm}

    async def execute(self, workflow_id: str, user_id: str, body: dict[str, Any]) -> Run:
        """Run to the end and store the run; InvalidWorkflow or ProviderFailed pass through after that."""
        tracer = trace.get_tracer(TRACER)
        with tracer.start_as_current_span("ExecuteWorkflow") as span:
            span.set_attribute("workflow.id", workflow_id)
            with tracer.start_as_current_span("ValidateWorkflow"):
                workflow = validate(workflow_id, body)
            span.set_attribute("workflow.name", workflow.name)
            run = Run(workflow, user_id)
            span.set_attribute("workflow.run.id", run.id)
            with scope(WorkflowId=workflow_id, RunId=run.id):
                try:
                    await self._steps(run)
                    run.status = "succeeded"
                except Exception:
                    run.status = "failed"
                    raise
                finally:
                    await self._store(run)
            span.set_status(Status(StatusCode.OK))
            return run

    async def _steps(self, run: Run) -> None:
        tracer = trace.get_tracer(TRACER)
        with tracer.start_as_current_span("ExecuteSteps", attributes={"workflow.steps": len(run.workflow.steps)}):
            for step in run.workflow.steps:
                started = time.perf_counter()
                done = {"name": step.name, "type": step.type, "status": "failed", "milliseconds": 0.0}
                run.steps.append(done)
                with tracer.start_as_current_span(
                    f"ExecuteStep:{step.name}", attributes={"step.type": step.type}
                ) as span:
                    await self._tools[step.type](step, run)
                    span.set_status(Status(StatusCode.OK))
                done |= {"status": "succeeded", "milliseconds": round((time.perf_counter() - started) * 1000, 1)}
                log.debug("Step {Step} of {Workflow} done", Step=step.name, Workflow=run.workflow.name)

    async def _tool(self, step: Step, run: Run) -> None:
        started, status = time.perf_counter(), "error"
        try:
            await asyncio.sleep(step.median_ms * self._rng.lognormvariate(0, TOOL_SIGMA) * self._pace / 1000)
            status = "ok"
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            self._measures.tool_called(_SERVERS[step.name], step.name, status, key_of(run.user_id), milliseconds)

    async def _llm(self, step: Step, run: Run) -> None:
        provider, model = pick_model(self._rng, None)
        messages = [{"role": "user", "content": f"{step.name}: {run.workflow.name}"}]
        await self._providers.complete(Ask(provider, model, run.user_id, messages))

    async def _store(self, run: Run) -> None:
        values = {
            "id": run.id,
            "workflow": run.workflow.id,
            "user_id": run.user_id,
            "status": run.status,
            "steps": run.steps,
            "created": run.created,
            "milliseconds": round((time.time() - run.created) * 1000, 1),
        }
        await self._database.write("insert_run", sa.insert(RUNS).values(values))
        log.info("Workflow run {RunId} {RunStatus} after {Steps} steps", RunStatus=run.status, Steps=len(run.steps))


def validate(workflow_id: str, body: dict[str, Any]) -> Workflow:
    """The workflow; InvalidWorkflow when there is none or its input is no text of reasonable length."""
    if workflow_id not in WORKFLOWS:
        raise InvalidWorkflow(f"There is no workflow {workflow_id!r}.")
    text = body.get("input")
    if not isinstance(text, str) or not 0 < len(text) <= 20_000:
        raise InvalidWorkflow("A run needs an input of 1 to 20,000 characters.")
    return WORKFLOWS[workflow_id]


def summary(run: Run) -> dict[str, Any]:
    """A run as the API shows it."""
    fields = asdict(run)
    fields["workflow"] = run.workflow.id
    return fields
