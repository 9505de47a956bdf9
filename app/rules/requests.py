"""Alerts about requests: the specification's two, faster and slower ones beside them, and missing traffic."""

from __future__ import annotations

from typing import Final

from app.rules.limits import above_milliseconds, above_percent, above_share, above_times, required, state
from app.rules.model import AlertRule, Condition, Severity, Team
from app.rules.queries import events, existed, percent, quantile, rate, times_slower, worst_place
from pages import thresholds

REQUESTS: Final = "codeagent_requests_total"
DURATION: Final = "codeagent_request_duration"
SERVER_ERROR: Final = 'status=~"5.."'
_BOARD: Final = "/api-performance?from=now-1h"
_ENDPOINT: Final = "/endpoint?endpoint={{ $labels.endpoint | urlquery }}&from=now-1h"
_FAILURES_BY_ENDPOINT: Final = rate(REQUESTS, "5m", ("endpoint",), SERVER_ERROR)
_WORST_ENDPOINT: Final = worst_place(
    f"100 * {_FAILURES_BY_ENDPOINT} / {rate(REQUESTS, '5m', ('endpoint',))} > 0", "endpoint", "%"
)
_SLOWEST_ENDPOINT: Final = worst_place(f"{quantile(0.95, DURATION, '5m', ('endpoint',))} > 0", "endpoint", "ms")
_FAILING_TRACES: Final = "/traces?status=error&from=now-1h"
_OF_ENDPOINT: Final = "&endpoint={{ $labels.endpoint | urlquery }}"
_SLOW_TRACES: Final = "/traces?min=1000&from=now-1h"

ALERTS: Final = (
    AlertRule(
        "HighErrorRate",
        Condition(
            f"{rate(REQUESTS, '5m', where=SERVER_ERROR)}\n/ {rate(REQUESTS, '5m')}",
            above_share(thresholds.ERROR_RATE.critical),
        ),
        "5m",
        Severity.CRITICAL,
        Team.BACKEND,
        "High error rate detected",
        "Error rate is {{ $value | humanizePercentage }} for the last 5 minutes",
        _BOARD,
        subject="errors",
        headline="{{ $value | humanizePercentage }} of requests fail",
        where=_WORST_ENDPOINT,
        traces=_FAILING_TRACES,
        comment=(
            "The specification's rule. It is computed for each environment: in one sum, failures of production are "
            "diluted by the traffic of other environments."
        ),
    ),
    AlertRule(
        "ErrorBurst",
        Condition(
            percent(REQUESTS, SERVER_ERROR, "1m"),
            above_percent(thresholds.ERROR_RATE.critical),
            (f"{events(REQUESTS, '1m', where=SERVER_ERROR)} > 10",),
        ),
        "1m",
        Severity.CRITICAL,
        Team.BACKEND,
        "Many requests fail since a short time",
        "More than 5 % of the requests of the last minute, and more than 10 requests, have failed for a minute.",
        _BOARD,
        subject="errors",
        where=_WORST_ENDPOINT,
        traces=_FAILING_TRACES,
        headline='{{ $value | printf "%.1f" }} % of requests fail',
        comment=(
            "Pages for short, hard failures, for which HighErrorRate is too slow. A minimum of failures keeps it quiet "
            "while there is little traffic."
        ),
    ),
    AlertRule(
        "ElevatedErrorRate",
        Condition(percent(REQUESTS, SERVER_ERROR, "5m"), above_percent(thresholds.ERROR_RATE.warning)),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "More requests fail than usual",
        "More than 1 % of the requests have been answered with a 5xx status for 5 minutes.",
        _BOARD,
        subject="errors",
        headline='{{ $value | printf "%.1f" }} % of requests fail',
        where=_WORST_ENDPOINT,
        traces=_FAILING_TRACES,
        comment="The metric of HighErrorRate with a lower threshold; inhibited while that alert fires.",
    ),
    AlertRule(
        "EndpointFailing",
        Condition(
            percent(REQUESTS, SERVER_ERROR, "5m", ("endpoint",)),
            above_percent(thresholds.ENDPOINT_ERROR_RATE.critical),
            (f"{events(REQUESTS, '5m', ('endpoint',), SERVER_ERROR)} > 10",),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "An endpoint fails",
        "{{ $labels.endpoint }} has answered many of its requests with a 5xx status for 2 minutes.",
        _ENDPOINT,
        subject="errors {{ $labels.endpoint }}",
        headline='{{ $labels.endpoint }}: {{ $value | printf "%.1f" }} % of requests fail',
        traces=_FAILING_TRACES + _OF_ENDPOINT,
        comment="One endpoint with little traffic can fail completely without a visible change of the whole.",
    ),
    AlertRule(
        "InstanceFailing",
        Condition(
            percent(REQUESTS, SERVER_ERROR, "5m", ("instance",)),
            above_percent(thresholds.ENDPOINT_ERROR_RATE.critical),
            (
                f"{events(REQUESTS, '5m', ('instance',), SERVER_ERROR)} > 10",
                "on (environment) (count by (environment) (sum by (environment, instance) "
                f"(rate({REQUESTS}{{$filters}}[5m]))) > 1)",
            ),
        ),
        "2m",
        Severity.HIGH,
        Team.BACKEND,
        "One instance fails",
        "{{ $labels.instance }} has answered many of its requests with a 5xx status for 2 minutes.",
        "/api-performance?instance={{ $labels.instance | urlquery }}&from=now-1h",
        subject="errors {{ $labels.instance }}",
        headline='{{ $labels.instance }}: {{ $value | printf "%.1f" }} % of requests fail',
        comment="Typical for a deployment that has reached one instance; there must be at least two to compare.",
    ),
    AlertRule(
        "SlowAPIResponse",
        Condition(quantile(0.95, DURATION, "5m"), above_milliseconds(thresholds.SLOW_API_RESPONSE.warning)),
        "10m",
        Severity.WARNING,
        Team.BACKEND,
        "API response time degraded",
        '95th percentile response time is {{ $value | printf "%.0f" }}ms',
        _BOARD,
        subject="latency",
        headline='1 of 20 requests takes longer than {{ $value | printf "%.0f" }} ms',
        where=_SLOWEST_ENDPOINT,
        traces=_SLOW_TRACES,
        comment=(
            "The specification's rule. Its expression has no aggregation, so that it answers for each endpoint, "
            "method, status and instance, and fires for a single slow request of a rare series. Here the buckets of an "
            "environment are added first."
        ),
    ),
    AlertRule(
        "EndpointSlow",
        Condition(
            times_slower(DURATION, ("endpoint",)),
            above_times(thresholds.TIMES_SLOWER),
            (
                f"{quantile(0.95, DURATION, '5m', ('endpoint',))} > {required(thresholds.SLOW_API_RESPONSE.warning):g}",
                f"{events(DURATION + '_count', '5m', ('endpoint',))} > 50",
            ),
        ),
        "3m",
        Severity.HIGH,
        Team.BACKEND,
        "An endpoint became slow",
        "The 95th percentile of {{ $labels.endpoint }} is a multiple of what it was in the hour before.",
        _ENDPOINT,
        subject="latency {{ $labels.endpoint }}",
        headline='{{ $labels.endpoint }} is {{ $value | printf "%.1f" }} times slower than before',
        traces=_SLOW_TRACES + _OF_ENDPOINT,
        comment="Compared with itself, since a completion takes seconds where a list of models takes milliseconds.",
    ),
    AlertRule(
        "NoTraffic",
        Condition(
            rate(REQUESTS, "5m"),
            state(0, "0 requests"),
            (f"{rate(REQUESTS, '1h', offset='10m')} > 0.1",),
        ),
        "3m",
        Severity.CRITICAL,
        Team.BACKEND,
        "No requests arrive",
        "No request was answered for 5 minutes, although there was traffic in the hour before.",
        "/overview?from=now-3h",
        subject="traffic",
        headline="No request was answered for 5 minutes",
        comment="The gateway responds to Prometheus but not to clients: a load balancer, DNS, certificate or deadlock.",
    ),
    AlertRule(
        "RequestSpike",
        Condition(
            f"{rate(REQUESTS, '5m')}\n/ {rate(REQUESTS, '1h', offset='15m')}",
            above_times(thresholds.TIMES_MORE),
            (f"{rate(REQUESTS, '5m')} > 5", existed(REQUESTS, "75m")),
        ),
        "3m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Many more requests than usual",
        "The request rate is a multiple of that of the hour before: retries of clients, a new client, or an attack.",
        _BOARD,
        subject="traffic",
        headline='{{ $value | printf "%.1f" }} times as many requests as before',
    ),
    AlertRule(
        "GatewayUnseen",
        Condition(f"absent({REQUESTS}{{$filters}})", state(1, "no data")),
        "2m",
        Severity.CRITICAL,
        Team.BACKEND,
        "Prometheus has received nothing from the gateway for at least 2 minutes",
        "No instance exports the number of requests: the gateway is down, or Prometheus cannot scrape it. "
        "The other alerts cannot fire until this is resolved.",
        "/overview?from=now-1h",
        subject="gateway",
        headline="Prometheus receives nothing from the gateway",
        comment="Without this alert, a missing gateway would look like a gateway without errors.",
    ),
)
