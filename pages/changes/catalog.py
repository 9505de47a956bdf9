"""Which signals are compared, in canonical metrics, so that a profile translates them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pages.expressions import RATE, selector
from pages.overview import DISKS
from queries.causes.signals import Form, Signal


class Reading(StrEnum):
    """How a metric's samples become one number per step."""

    RATE = "rate"  # events per second of a counter
    SUM = "sum"  # a gauge, summed
    DOWN = "down"  # how many of the series are zero
    COUNT = "count"  # how many series there are


@dataclass(frozen=True)
class Term:
    """One aggregated metric; `by` are the labels that remain."""

    metric: str
    reading: Reading
    by: tuple[str, ...] = ()
    where: str = ""

    @property
    def template(self) -> str:
        """The term as a PromQL template."""
        series = selector(self.metric, self.where)
        by = f" by ({', '.join(self.by)})" if self.by else ""
        match self.reading:
            case Reading.RATE:
                return f"sum{by} (rate({series}[{RATE}]))"
            case Reading.SUM:
                return f"sum{by} ({series})"
            case Reading.DOWN:
                return f"count{by} ({series} == 0)"
            case Reading.COUNT:
                return f"count{by} ({series})"


@dataclass(frozen=True)
class Question:
    """A signal and its terms. SHARE: part of whole. LEVEL and FILL: part, divided by whole if there is one.

    `is_rest`: the signal is 1 − part / whole (a disk's used share). The first label of `part.by` is the signal's, the
    second that of what contains it.
    """

    signal: Signal
    part: Term
    whole: Term | None = None
    is_rest: bool = False

    @property
    def templates(self) -> tuple[str, ...]:
        """PromQL templates, the part's first."""
        return (self.part.template,) if self.whole is None else (self.part.template, self.whole.template)


REQUESTS: Final = "codeagent_requests_total"
CALLS: Final = "codeagent_llm_requests_total"
DURATIONS: Final = "codeagent_request_duration_bucket"
LATENCIES: Final = "codeagent_llm_latency_bucket"
TOKENS: Final = "codeagent_llm_tokens_total"

_PROVIDER_CAUSES: Final = ("target-down", "calls-per-request", "traffic")
_BACKENDS: Final = (
    "provider-failures",
    "provider-refusals",
    "provider-up",
    "provider-latency",
    "database-latency",
    "pool",
    "cache-misses",
    "target-down",
    "calls-per-request",
    "instance-failures",
    "instance-latency",
)
# A missed cache costs time and calls; it does not make requests fail.
_FAILING_BACKENDS: Final = tuple(name for name in _BACKENDS if name != "cache-misses")


def _share(signal: Signal, metric: str, by: str, where: str) -> Question:
    part = Term(metric, Reading.RATE, (by,), where)
    return Question(signal, part, Term(metric, Reading.RATE, (by,)))


def _state(signal: Signal, metric: str, by: tuple[str, ...]) -> Question:
    return Question(signal, Term(metric, Reading.DOWN, by), Term(metric, Reading.COUNT, by))


QUESTIONS: Final = (
    _state(
        Signal("target-down", "instance", "failed scrapes", Form.SHARE, 1.4, 0.3, href="/infrastructure"),
        "up",
        ("instance", "job"),
    ),
    _state(
        Signal("provider-up", "provider", "failed probes", Form.SHARE, 0.6, 0.3, ("target-down",), href="/providers"),
        "codeagent_provider_up",
        ("provider",),
    ),
    _share(
        Signal(
            "provider-failures", "provider", "failed calls", Form.SHARE, 1.0, 0.015, _PROVIDER_CAUSES, href="/providers"
        ),
        CALLS,
        "provider",
        f"$failed({CALLS})",
    ),
    _share(
        Signal(
            "provider-refusals",
            "provider",
            "calls refused with 429",
            Form.SHARE,
            1.0,
            0.015,
            _PROVIDER_CAUSES,
            href="/providers",
        ),
        CALLS,
        "provider",
        'status="429"',
    ),
    Question(
        Signal(
            "provider-latency",
            "provider",
            "slow calls",
            Form.LATENCY,
            1.5,
            0.4,
            ("target-down", "traffic"),
            unit="ms",
            href="/providers",
        ),
        Term(LATENCIES, Reading.RATE, ("provider", "le")),
    ),
    Question(
        Signal(
            "model-latency",
            "model",
            "slow calls",
            Form.LATENCY,
            1.2,
            0.4,
            ("target-down",),
            unit="ms",
            href="/providers",
            container="provider",
        ),
        Term(LATENCIES, Reading.RATE, ("model", "provider", "le")),
    ),
    Question(
        Signal(
            "calls-per-request",
            "",
            "provider calls per request",
            Form.LEVEL,
            2.5,
            0.38,
            # WebSocket clients make calls without requests.
            ("cache-misses", "target-down", "connections", "traffic"),
            href="/providers",
        ),
        Term(CALLS, Reading.RATE),
        Term(REQUESTS, Reading.RATE),
    ),
    Question(
        Signal(
            "database-latency",
            "operation",
            "slow queries",
            Form.LATENCY,
            1.5,
            0.5,
            ("target-down", "pool", "traffic"),
            unit="ms",
            href="/infrastructure",
        ),
        Term("codeagent_db_query_duration_bucket", Reading.RATE, ("operation", "le")),
    ),
    Question(
        Signal(
            "pool",
            "",
            "share of the database pool in use",
            Form.FILL,
            1.3,
            0.35,
            ("database-latency", "traffic"),
            saturated=0.75,
            href="/infrastructure",
        ),
        Term("codeagent_db_connections", Reading.SUM, (), 'state="active"'),
        Term("codeagent_db_connections_max", Reading.SUM),
    ),
    _share(
        Signal(
            "cache-misses", "cache", "cache misses", Form.SHARE, 1.0, 0.08, ("target-down",), href="/infrastructure"
        ),
        "codeagent_cache_requests_total",
        "cache",
        'result="miss"',
    ),
    Question(
        Signal("memory", "groupname", "resident memory", Form.LEVEL, 3.0, 0.3, unit="B", href="/infrastructure"),
        Term("namedprocess_namegroup_memory_bytes", Reading.SUM, ("groupname",), 'memtype="resident"'),
    ),
    Question(
        Signal("disk", "mountpoint", "share of the disk in use", Form.FILL, 2.0, 0.03, href="/infrastructure"),
        Term("node_filesystem_avail_bytes", Reading.SUM, ("mountpoint",), DISKS),
        Term("node_filesystem_size_bytes", Reading.SUM, ("mountpoint",), DISKS),
        is_rest=True,
    ),
    Question(
        Signal("team-tokens", "team", "tokens", Form.LEVEL, 1.2, 0.8, ("traffic",), unit="/s", href="/providers"),
        Term(TOKENS, Reading.RATE, ("team",), 'team!=""'),
    ),
    Question(
        Signal(
            "tokens-per-call",
            "model",
            "tokens per call",
            Form.LEVEL,
            1.0,
            0.8,
            ("team-tokens",),
            href="/providers",
            container="provider",
        ),
        Term(TOKENS, Reading.RATE, ("model", "provider")),
        Term(CALLS, Reading.RATE, ("model", "provider")),
    ),
    _share(
        Signal(
            "instance-failures",
            "instance",
            "failed requests",
            Form.SHARE,
            1.0,
            0.015,
            ("target-down",),
            2,
            href="/api-performance",
        ),
        REQUESTS,
        "instance",
        f"$failed({REQUESTS})",
    ),
    Question(
        Signal(
            "instance-latency",
            "instance",
            "slow requests",
            Form.LATENCY,
            1.2,
            0.4,
            ("target-down", "traffic"),
            2,
            unit="ms",
            href="/api-performance",
        ),
        Term(DURATIONS, Reading.RATE, ("instance", "le")),
    ),
    _share(
        Signal(
            "endpoint-failures",
            "endpoint",
            "failed requests",
            Form.SHARE,
            1.0,
            0.015,
            _FAILING_BACKENDS,
            href="/api-performance",
        ),
        REQUESTS,
        "endpoint",
        f"$failed({REQUESTS})",
    ),
    _share(
        Signal(
            "endpoint-refusals",
            "endpoint",
            "requests refused with 429",
            Form.SHARE,
            0.7,
            0.015,
            (*_BACKENDS, "traffic"),
            href="/api-performance",
        ),
        REQUESTS,
        "endpoint",
        'status="429"',
    ),
    Question(
        Signal(
            "endpoint-latency",
            "endpoint",
            "slow requests",
            Form.LATENCY,
            1.0,
            0.28,
            (*_BACKENDS, "memory"),
            unit="ms",
            href="/api-performance",
        ),
        Term(DURATIONS, Reading.RATE, ("endpoint", "le")),
    ),
    Question(
        Signal(
            "traffic",
            "endpoint",
            "requests",
            Form.LEVEL,
            0.6,
            0.5,
            ("target-down",),
            both=True,
            least_cause=0.8,
            unit="/s",
            href="/api-performance",
        ),
        Term(REQUESTS, Reading.RATE, ("endpoint",)),
    ),
    Question(
        Signal(
            "connections",
            "",
            "open WebSocket connections",
            Form.LEVEL,
            1.3,
            0.5,
            ("target-down",),
            both=True,
            least_cause=0.8,
            href="/websocket",
        ),
        Term("codeagent_connections_active", Reading.SUM),
    ),
    Question(
        Signal(
            "disconnections",
            "reason",
            "closed WebSocket connections",
            Form.SHARE,
            0.7,
            0.05,
            ("connections", "target-down"),
            href="/websocket",
        ),
        Term("codeagent_websocket_disconnections_total", Reading.RATE, ("reason",), 'reason!="normal"'),
        Term("codeagent_websocket_disconnections_total", Reading.RATE),
    ),
)
